import Shared

struct JobFailedCheck: EventCheck {
    let description = CheckDescription(
        id: "JobFailed", table: .workloads, severity: .warning,
        title: .init("jobs succeed", "Job 执行成功"),
        why: .init("Work that should have been done was not, and will not be tried again.", "应完成的任务未完成且不会再重试。"),
        trigger: .init(
            "Failed is True within the window; clear when the CronJob's newest Job succeeded.",
            "窗口内 Failed 为 True；若 CronJob 最新的 Job 成功则清除。"),
        remedy: .init(
            "kubectl logs job/NAME; then correct it and create it anew, or wait for the next schedule.",
            "kubectl logs job/NAME 查看原因；修正后重新创建，或等待下次调度。"),
        needs: [.jobs], alsoReads: [.events])

    let claims = [EventClaim(reasons: ["BackoffLimitExceeded", "DeadlineExceeded", "FailedJob"], kinds: ["Job"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.jobs)
        var newest: [String: JobRecord] = [:]
        for job in view.index.jobs.records where job.ownerKind == "CronJob" {
            let key = "\(job.namespace)/\(job.ownerName)"
            if (newest[key]?.metadata.created ?? Timestamp(microseconds: 0)) <= (job.metadata.created ?? now) {
                newest[key] = job
            }
        }
        var failed: Set<String> = []
        for job in view.index.jobs.records {
            guard let condition = job.failed else {
                out.healthy()
                continue
            }
            let isMadeGood = job.ownerKind == "CronJob" && newest["\(job.namespace)/\(job.ownerName)"]?.complete != nil
            let time = condition.transition ?? job.metadata.created ?? now
            if isMadeGood || now.seconds(since: time) > view.windowSeconds { continue }
            failed.insert("\(job.namespace)/\(job.name)")
            out.state(
                .warning, job.metadata.reference("Job"), reason: condition.reason,
                "\(condition.reason): \(condition.message)", since: time, seen: now)
        }
        for event in view.warnings(of: description.id) {
            if failed.contains("\(event.involved.namespace)/\(event.involved.name)"),
                let job = view.index.jobs[event.involved.namespace, event.involved.name]
            {
                out.event(.warning, event, job.metadata.reference("Job"), view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
