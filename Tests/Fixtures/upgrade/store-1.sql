CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('findings-and-positions');
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE node (
    name TEXT PRIMARY KEY, agent_id TEXT NOT NULL, boot_id TEXT NOT NULL,
    first_heard INTEGER NOT NULL, last_heard INTEGER NOT NULL,
    epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    vitals TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE position (
    node TEXT NOT NULL, source TEXT NOT NULL, committed TEXT, resume TEXT,
    PRIMARY KEY (node, source)
) WITHOUT ROWID;
CREATE TABLE finding (
    id TEXT PRIMARY KEY, node TEXT NOT NULL, key TEXT NOT NULL, is_state INTEGER NOT NULL,
    check_id TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL, severity TEXT NOT NULL,
    object_kind TEXT NOT NULL, object_namespace TEXT NOT NULL, object_name TEXT NOT NULL,
    object_uid TEXT NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL, also TEXT NOT NULL,
    remedy TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
    condition TEXT NOT NULL, owner TEXT NOT NULL, boot_id TEXT NOT NULL, expires INTEGER,
    resolved INTEGER, deadline INTEGER, is_demo INTEGER NOT NULL, evidence TEXT NOT NULL
);
CREATE INDEX finding_by_key ON finding (node, key, last);
CREATE INDEX finding_by_last ON finding (last);
CREATE TABLE observation (
    node TEXT NOT NULL, check_id TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT, since INTEGER NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (node, check_id, source)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('store_id', 'kept');
INSERT INTO node VALUES ('n1', 'a', 'b', 1699990000000000, 1699999990000000, 5, 8,
    '{"agentVersion":"0.0.1","kernel":"5.4","osImage":"x","rulesDigest":"abcd","ruleCount":3,"residentBytes":1,"cpuSeconds":0.5,"linesRead":1,"linesMatched":1,"linesTruncated":0,"findingsDropped":0}', 0);
INSERT INTO position VALUES ('n1', 'journal', 'p1', 'p0');
INSERT INTO finding VALUES ('0011223344556677', 'n1', 'k', 1, 'NodeDeadlock', 'task-deadlock', 'TaskDeadlock', 'danger',
    'Node', '', 'n1', '', '', 'stuck', '', '', 1699999000000000, 1699999900000000, 1, 'KernelDeadlock', 'rules', 'b', NULL,
    NULL, NULL, 0, '[]');
