import Shared

/// A check that only agents can do: what they read lies on the node and not in the API.
///
/// What it says of itself stands here, so that one list names all checks; how it is done stands with the agent's
/// rules and samplers.
struct AgentCheck: ClusterCheck {
    let description: CheckDescription

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        // What agents found and could not see comes in with their own outcomes; the runner says when there are none.
        if description.id == "ConditionStorm", let storm = view.index.conditionStorm {
            out.state(.danger, ObjectReference(kind: "Cluster", name: view.index.name), storm)
        }
        guard description.id == "RuleFileInvalid" else { return }
        let map = ObjectReference(kind: "ConfigMap", namespace: "kube-system", name: "node-problem-detector-config")
        for (key, problem) in view.index.ruleProblems.sorted(by: { $0.key < $1.key }) {
            out.state(.warning, map, subject: key, problem)
        }
    }

    private init(
        _ id: String, _ table: ReportTable, _ severity: Severity, _ title: LocalText, why: LocalText,
        trigger: LocalText,
        remedy: LocalText
    ) {
        description = CheckDescription(
            id: id, table: table, severity: severity, title: title, why: why, trigger: trigger, remedy: remedy,
            usesAgents: true)
    }

    /// Of the rules that find what `ke drill` writes.
    static let drill = "Drill"

    static let all: [AgentCheck] = [
        AgentCheck(
            "NodeCPU", .nodes, .warning, .init("node CPU use above threshold", "如果节点CPu使用量超过阈值"),
            why: .init(
                "A node without CPU left answers probes late; its pods are restarted although they are well.",
                "CPU 耗尽的节点探针响应变慢，健康的 Pod 也会被重启。"),
            trigger: .init(
                "Over 90 % busy over 5 min and PSI some avg300 over 20 (without stall: info).",
                "5 分钟忙碌超过 90% 且 PSI some avg300 超过 20（无停顿为 info）。"),
            remedy: .init(
                "Find the top pods, set limits, add nodes; with high steal the host is oversold.",
                "找出占用最高的 Pod，设置限制或增加节点；steal 高说明宿主机超卖。")),
        AgentCheck(
            "NodeFDExhaustion", .nodes, .danger, .init("file handles are left", "文件句柄充足"),
            why: .init("Without handles nothing can open a file or accept a connection.", "句柄耗尽后无法打开文件或接受连接。"),
            trigger: .init(
                "file-nr over 90 % of its maximum, or 'VFS: file-max limit reached'.",
                "file-nr 超过上限的 90%，或出现 VFS: file-max limit reached。"),
            remedy: .init(
                "Find the leak (lsof | awk '{print $1}' | sort | uniq -c), raise fs.file-max.", "查找泄漏进程，提高 fs.file-max。"
            )),
        AgentCheck(
            "NodeConntrackNearFull", .nodes, .danger, .init("the connection table has room", "连接跟踪表有余量"),
            why: .init(
                "When the table is full new connections are dropped without a word to the application.", "表满后新连接会被静默丢弃。"
            ),
            trigger: .init(
                "Over 85 % used; danger on 'nf_conntrack: table full, dropping packet'.",
                "使用率超过 85%；出现 nf_conntrack: table full 为 danger。"),
            remedy: .init(
                "Raise net.netfilter.nf_conntrack_max; find who opens so many connections.",
                "提高 net.netfilter.nf_conntrack_max，查找大量建连的来源。")),
        AgentCheck(
            "NodeClockSkew", .nodes, .danger, .init("the node's clock is right", "节点时钟准确"),
            why: .init(
                "Certificates, leases and logs of a node whose clock is wrong cannot be trusted.", "时钟错误会导致证书、租约与日志不可信。"
            ),
            trigger: .init(
                "More than 1 s off (over 5 s: danger), or unsynchronised for 1 h.",
                "偏差超过 1 秒（超过 5 秒为 danger），或 1 小时未同步。"),
            remedy: .init(
                "Start chronyd or systemd-timesyncd and check its servers.", "启动 chronyd 或 systemd-timesyncd 并检查时间服务器。")
        ),
        AgentCheck(
            "NodePressureStall", .nodes, .warning, .init("tasks do not wait for resources", "任务未因资源停顿"),
            why: .init("Pressure stall shows waiting that use in percent hides.", "PSI 能反映使用率掩盖的等待。"),
            trigger: .init(
                "PSI avg300: memory full over 10, io full over 40, cpu some over 60.",
                "PSI avg300：memory full 超过 10、io full 超过 40、cpu some 超过 60。"),
            remedy: .init(
                "Move load away; find the cgroup with the highest pressure under /sys/fs/cgroup.",
                "迁移负载；在 /sys/fs/cgroup 下查找压力最高的 cgroup。")),
        AgentCheck(
            "NodeNICErrors", .events, .warning, .init("network interfaces make no errors", "网卡无错误"),
            why: .init(
                "Errors on a link show as slow or broken connections of everything on the node.", "链路错误表现为节点上所有连接变慢或中断。"
            ),
            trigger: .init("Link down, resets or flaps in the log.", "日志中出现链路断开、重置或抖动。"),
            remedy: .init("Check cable, switch port, driver and firmware.", "检查网线、交换机端口、驱动与固件。")),
        AgentCheck(
            "NodeDiskHardware", .events, .danger, .init("disks make no errors", "磁盘无硬件错误"),
            why: .init("A disk with I/O errors is failing; data on it is at risk.", "出现 I/O 错误的磁盘即将故障，数据有风险。"),
            trigger: .init(
                "I/O errors three times, critical medium errors, NVMe or ATA failures in the kernel log.",
                "内核日志中三次 I/O 错误、介质错误、NVMe 或 ATA 故障。"),
            remedy: .init(
                "Drain the node, check with smartctl or nvme smart-log, replace the disk.",
                "排空节点，用 smartctl 或 nvme smart-log 检查并更换磁盘。")),
        AgentCheck(
            "NodeLockup", .events, .danger, .init("no CPU locks up", "CPU 未锁死"),
            why: .init(
                "A CPU that is stuck in the kernel stops whatever needs it; on virtual machines the host may have paused it.",
                "CPU 卡在内核中会阻塞相关任务；虚拟机可能是宿主机暂停所致。"),
            trigger: .init(
                "A hard lockup, or two soft lockups or RCU stalls in 1 h (one: warning).",
                "硬锁死，或 1 小时内两次软锁死/RCU 停顿（一次为 warning）。"),
            remedy: .init(
                "Save the trace; on virtual machines ask for steal time and migrations; update kernel or firmware.",
                "保存调用栈；虚拟机检查 steal 与迁移；升级内核或固件。")),
        AgentCheck(
            "NodeZombies", .nodes, .warning, .init("no crowd of zombie processes", "没有大量僵尸进程"),
            why: .init(
                "Zombies keep process ids; their parents do not look after their children.", "僵尸进程占用进程号，说明父进程未回收子进程。"),
            trigger: .init("Over 100 three times.", "连续三次超过 100 个。"),
            remedy: .init(
                "Restart the parent (ps -o ppid= -p PID); give containers an init (shareProcessNamespace or tini).",
                "重启父进程；为容器增加 init（如 tini）。")),
        AgentCheck(
            drill, .events, .danger, .init("nobody drills", "没有演练"),
            why: .init(
                "Somebody tries whether a line on a node reaches the report, the events and the chats.",
                "有人在检验节点日志能否到达报告、事件与通知。"),
            trigger: .init("A line that `ke drill` wrote.", "ke drill 写入的一行。"),
            remedy: .init("Nothing to do; it goes out of the report by itself.", "无需处理，会自动消失。")),
        AgentCheck(
            "ConditionStorm", .nodes, .danger,
            .init("node conditions change one by one", "节点状态没有大面积变化"),
            why: .init(
                "What drains or repairs nodes acts on conditions; many at once would empty the cluster.",
                "驱逐与修复工具依据节点状态行动；大面积变化会清空集群。"),
            trigger: .init(
                "More than max(3, 10 %) of the nodes turned bad within 10 min; the exporter holds further ones back.",
                "10 分钟内超过 max(3, 10%) 的节点变坏；导出器暂缓写入其余节点。"),
            remedy: .init(
                "Find what they share in the incidents; a common cause is not mended by draining nodes one by one.",
                "先在事件组中查找共同原因；逐个驱逐节点无济于事。")),
        AgentCheck(
            "NodeGPUError", .events, .danger, .init("GPUs make no errors", "GPU 无错误"),
            why: .init("Jobs on a GPU that reports errors fail or compute wrongly.", "GPU 报错会导致任务失败或计算错误。"),
            trigger: .init(
                "NVIDIA Xid and SXid, amdgpu timeouts, Neuron errors in the kernel log.",
                "内核日志中的 NVIDIA Xid/SXid、amdgpu 超时、Neuron 错误。"),
            remedy: .init(
                "Look the Xid up in NVIDIA's table; drain and reset or replace the GPU.", "查询 Xid 含义；排空节点并重置或更换 GPU。")),
        AgentCheck(
            "NodeNetworkError", .events, .danger, .init("the node's network works", "节点网络正常"),
            why: .init("Faults of the node's network reach every pod on it.", "节点网络故障会影响其上所有 Pod。"),
            trigger: .init("Rules of the network packs without a more specific check.", "network 规则包中没有更具体检查的规则。"),
            remedy: .init("The rule's own remedy says what to do.", "按规则自带的建议处理。")),
        AgentCheck(
            "KubeletError", .events, .warning, .init("the kubelet reports no error", "kubelet 无错误日志"),
            why: .init("Errors of the kubelet come before pods fail.", "kubelet 的错误往往先于 Pod 故障。"),
            trigger: .init("Rules of the kubelet pack without a more specific check.", "kubelet 规则包中没有更具体检查的规则。"),
            remedy: .init("The rule's own remedy says what to do.", "按规则自带的建议处理。")),
        AgentCheck(
            "RuntimeError", .events, .warning, .init("the runtime reports no error", "运行时无错误日志"),
            why: .init("Errors of the runtime come before pods fail.", "运行时的错误往往先于 Pod 故障。"),
            trigger: .init("Rules of the runtime pack without a more specific check.", "runtime 规则包中没有更具体检查的规则。"),
            remedy: .init("The rule's own remedy says what to do.", "按规则自带的建议处理。")),
        AgentCheck(
            "LogGap", .nodes, .warning, .init("no log entry was lost unread", "日志没有丢失"),
            why: .init("What rotation took away unread may have held a failure.", "轮转丢弃的未读日志中可能包含故障信息。"),
            trigger: .init(
                "Rotation, suppression or an overrun removed entries before they were read.", "日志在读取前因轮转、抑制或溢出而丢失。"),
            remedy: .init(
                "Give the journal more room (SystemMaxUse, RateLimitBurst).",
                "增大 journald 空间与速率限制（SystemMaxUse、RateLimitBurst）。")),
        AgentCheck(
            "RuleFileInvalid", .nodes, .warning, .init("rule files have no mistakes", "规则文件无错误"),
            why: .init(
                "A rule that does not load finds nothing; the good ones stay in force.", "无法加载的规则不会生效，其余规则不受影响。"),
            trigger: .init("A rule file has mistakes.", "规则文件有错误。"),
            remedy: .init(
                "`ke-agent rules check FILE` says which, with line and column.", "`ke-agent rules check FILE` 会给出行列位置。")
        ),
    ]
}
