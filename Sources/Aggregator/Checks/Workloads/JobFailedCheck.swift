import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct JobFailedCheck: EventCheck {
    let id = "JobFailed"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.jobs]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [EventClaim(reasons: ["BackoffLimitExceeded", "DeadlineExceeded", "FailedJob"], kinds: ["Job"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.jobs)
        var newest: [String: JobRecord] = [:]
        for job in view.records(view.index.jobs) where job.ownerKind == "CronJob" {
            let key = "\(job.namespace)/\(job.ownerName)"
            if (newest[key]?.metadata.created ?? Timestamp(microseconds: 0)) <= (job.metadata.created ?? now.time) {
                newest[key] = job
            }
        }
        var failed: Set<String> = []
        for job in view.records(view.index.jobs) {
            guard let condition = job.failed else {
                out.healthy()
                continue
            }
            let isMadeGood = job.ownerKind == "CronJob" && newest["\(job.namespace)/\(job.ownerName)"]?.complete != nil
            // A later Job of its CronJob that was not read may have succeeded.
            if !isMadeGood, job.ownerKind == "CronJob", !view.isComplete(.jobs, in: job.namespace) { continue }
            let time = condition.transition ?? job.metadata.created ?? now.time
            if isMadeGood || now.seconds(since: time) > view.windowSeconds { continue }
            failed.insert("\(job.namespace)/\(job.name)")
            out.state(
                .warning, job.metadata.reference("Job"), reason: condition.reason,
                "\(condition.reason): \(condition.message)", since: time, seen: now.time)
        }
        for event in view.warnings(of: id) {
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
