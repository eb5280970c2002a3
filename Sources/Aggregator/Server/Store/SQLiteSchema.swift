import GRDB

/// The tables, as append-only migrations. Times are microseconds since 1970.
enum SQLiteSchema {
    /// What a row takes beside its texts, in bytes: numbers, headers and its places in the indices.
    static let rowBytes = 256

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("findings-and-positions") { database in
            try database.execute(
                sql: """
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
                    """)
        }
        migrator.registerMigration("versions-of-nodes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE node_version (
                        node TEXT NOT NULL, what TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (node, what)
                    ) WITHOUT ROWID;
                    CREATE TABLE node_change (
                        node TEXT NOT NULL, what TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL,
                        time INTEGER NOT NULL
                    );
                    CREATE INDEX node_change_by_time ON node_change (time);
                    """)
        }
        migrator.registerMigration("usage-and-order-of-nodes") { database in
            let texts = [
                "check_id", "rule", "reason", "object_kind", "object_namespace", "object_name", "object_uid", "subject",
                "message", "also", "remedy", "condition", "owner", "boot_id", "evidence", "node",
            ]
            let size = texts.map { "length(CAST(\($0) AS BLOB))" }.joined(separator: " + ")
            try database.execute(
                sql: """
                    ALTER TABLE finding ADD COLUMN bytes INTEGER GENERATED ALWAYS AS (\(rowBytes) + \(size)) VIRTUAL;
                    ALTER TABLE node ADD COLUMN rows INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE node ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE node ADD COLUMN states INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE node ADD COLUMN started INTEGER;
                    ALTER TABLE node ADD COLUMN past_boots TEXT NOT NULL DEFAULT '';
                    ALTER TABLE position ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
                    UPDATE node SET (rows, bytes, states) = (SELECT count(*), coalesce(sum(bytes), 0), \
                        count(*) FILTER (WHERE is_state = 1 AND resolved IS NULL) FROM finding WHERE node = node.name);
                    CREATE TRIGGER finding_added AFTER INSERT ON finding BEGIN
                        UPDATE node SET rows = rows + 1, bytes = bytes + NEW.bytes, \
                            states = states + (NEW.is_state = 1 AND NEW.resolved IS NULL) WHERE name = NEW.node;
                    END;
                    CREATE TRIGGER finding_removed AFTER DELETE ON finding BEGIN
                        UPDATE node SET rows = rows - 1, bytes = bytes - OLD.bytes, \
                            states = states - (OLD.is_state = 1 AND OLD.resolved IS NULL) WHERE name = OLD.node;
                    END;
                    CREATE TRIGGER finding_changed AFTER UPDATE ON finding \
                    WHEN NEW.bytes <> OLD.bytes OR (NEW.resolved IS NULL) <> (OLD.resolved IS NULL) BEGIN
                        UPDATE node SET bytes = bytes + NEW.bytes - OLD.bytes, states = states \
                            + (NEW.is_state = 1 AND NEW.resolved IS NULL) \
                            - (OLD.is_state = 1 AND OLD.resolved IS NULL) WHERE name = NEW.node;
                    END;
                    """)
        }
        return migrator
    }
}
