import Foundation
import TestSupport
import Testing

@testable import Platform
@testable import RuleEngine

/// What leaves a machine: each form of a secret that the table promises, in the places where logs show it.
@Suite struct RedactionTests {
    private static let redaction = try? Redaction()
    /// Stands for the part that must not pass. Neither a word nor a number alone.
    private static let secret = "hunter2Zq8XwVb41"

    private func redact(_ text: String) throws -> String { try #require(Self.redaction).redact(text) }

    @Test func redactsSecretsAndNothingElse() throws {
        let redaction = try #require(Self.redaction)
        let secret = "hunter2hunter2"
        for text in [
            "Authorization: Bearer \(secret)", "password=\(secret) next", "curl https://user:\(secret)@host/x",
            "token: '\(secret)'",
            "eyJhbGciOiJIUzI1NiJ9.\(secret).sig", "-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----",
            "api_key=\(secret)&x=1",
        ] {
            let clean = redaction.redact(text)
            #expect(!clean.contains(secret), "\(text)")
            #expect(clean.contains("[redacted]"), "\(text)")
        }
        let innocent = "Memory cgroup out of memory: Killed process 4321 (keyring) total-vm:13556260kB"
        #expect(redaction.redact(innocent) == innocent)
        #expect(redaction.redact("a password=x b password=y c") == "a password=[redacted] b password=[redacted] c")
    }

    /// Names before a value, in every spelling of a name and of a value.
    @Test(
        arguments: [
            "password", "Passwd", "DB_PASSWORD", "dbPassword", "passphrase", "pwd", "token", "api_token", "apiToken",
            "secret", "client_secret", "clientSecret", "credential", "api_key", "apikey", "api-key", "X-API-Key",
            "AccountKey", "SharedAccessKey", "access_key", "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY",
            "secretKey", "privateKey", "private-key", "encryption_key", "client-key-data", "key", "DB_PASS", "auth",
            "_authToken", "MYSQL_ROOT_PASSWORD", "SECRET_KEY_BASE", "JSESSIONID", "X-Auth-Token", "X-Vault-Token",
            "密码",
        ]) func whatANameAnnounces(_ name: String) throws
    {
        for text in [
            "\(name)=§", "\(name): §", "\(name) = § next", "\(name)='§'", "\(name)=\"§\"",
            "{\"\(name)\":\"§\"}", "{\"\(name)\": \"§\", \"a\": 1}", "{\\\"\(name)\\\":\\\"§\\\"}",
            "{\\\\\\\"\(name)\\\\\\\":\\\\\\\"§\\\\\\\"}", "{'\(name)': '§'}", "\(name) => '§'",
            "\(name)=§&x=1", "?a=1&\(name)=§", "\(name)%3D§", "  \(name): \"§ and more words\"",
            "\(name)=\"a\\\"§\"", "--\(name)=§", "--\(name)=\"§ §\"", "-\(name)=§)",
        ] {
            let given = text.replacing("§", with: Self.secret)
            let clean = try redact(given)
            #expect(!clean.contains(Self.secret), "\(given) became \(clean)")
            #expect(clean.contains(Redaction.mark))
        }
    }

    /// Forms of their own. SECRET is replaced by a text that each of them takes.
    @Test(
        arguments: [
            "redis://:SECRET@h:6379/0", "HTTPS://user:SECRET@host/x", "postgres://user:pa/SECRET@host/db",
            "postgres://user:p@ss/SECRET@host/db", "amqp://guest:SECRET@mq:5672", "https://SECRET@github.com/a/b.git",
            "mongodb+srv://u:SECRET@a.b,c.d/x?y=z", "jdbc:mysql://h/db?user=a&password=SECRET",
            "Server=h;User Id=sa;Password=SECRET;Encrypt=true", "host=h user=u password=SECRET dbname=d",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=SECRET==;EndpointSuffix=core.windows.net",
            "Authorization: Bearer SECRET", "authorization: Basic SECRET==", "Authorization: token SECRET",
            "Authorization: SECRET", "\"Authorization\":\"Bearer SECRET\"", "Proxy-Authorization: Basic SECRET",
            "Authorization: Digest username=\"u\", realm=\"r\", response=\"SECRET\"",
            "Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=SECRET",
            "got bearer SECRET from", "mount --password SECRET /mnt", "kubectl --token SECRET get pods",
            "[\"mysqld\",\"--password\",\"SECRET\"]", "app --api-key SECRET --x", "app --client-secret 'SECRET'",
            "mysql -uroot -pSECRET db", "mysqldump -u root -p SECRET db", "sshpass -p SECRET ssh h",
            "redis-cli -h h -a SECRET ping", "curl -u user:SECRET https://h", "curl -s --user 'user:SECRET' https://h",
            "ALTER USER u IDENTIFIED BY 'SECRET'", "Cookie: a=b; session=SECRET; c=d",
            "Set-Cookie: id=SECRET; Path=/; HttpOnly", "\"cookie\":\"sid=SECRET\"",
            "https://a.blob.core.windows.net/c?sv=1&sig=SECRET%3D&se=2", "GET /b?X-Amz-Signature=SECRET&x=1",
            "GET /b?X-Amz-Security-Token=SECRET", "GET /b?X-Goog-Signature=SECRET&a=b",
            "https://hooks.slack.com/services/T000/B000/SECRET", "https://discord.com/api/webhooks/1/SECRET",
            "{\"auths\":{\"r.io\":{\"auth\":\"SECRET\"}}}", "    client-key-data: SECRET==",
            "AKIASECRET", "id AKIAIOSFODNN7SECRET x", "ghp_SECRETSECRET", "gho_SECRETSECRET",
            "github_pat_SECRET_SECRET",
            "glpat-SECRETxx-SECRET", "AIzaSECRETSECRETSECRET", "ya29.SECRETSECRET", "xoxb-1234-SECRET", "xoxp-1-SECRET",
            "sk_live_SECRETSECRET", "rk_test_SECRETSECRET", "whsec_SECRETSECRET", "sk-proj-SECRETSECRET",
            "npm_SECRETSECRETSECRET", "pypi-SECRETSECRETSECRET", "hvs.SECRETSECRET", "dckr_pat_SECRETSECRET",
            "SG.SECRETSECRET.SECRETSECRET", "123456789:AASECRETSECRETSECRET",
            "eyJhbGciOiJIUzI1NiJ9.SECRET.SECRET", "eyJhbGciOiJIUzI1NiJ9.SECRET",
            "-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\\nSECRET\\nand cut", "a -----BEGIN EC PRIVATE KEY-----SECRET",
        ]) func whatHasAFormOfItsOwn(_ shape: String) throws
    {
        let secret = shape.hasPrefix("AKIA") || shape.contains(" AKIA") ? "ZQ8XWVB41K7M2P" : Self.secret
        let given = shape.replacing("SECRET", with: secret)
        let clean = try redact(given)
        #expect(!clean.contains(secret), "\(given) became \(clean)")
        // Twice is as good as once.
        #expect(try redact(clean) == clean)
    }

    @Test func aBootstrapTokenIsTakenOutAndAWordWithADotIsNot() throws {
        #expect(try redact("join with abcdef.0123456789abcdef now") == "join with [redacted] now")
        let word = "sysctl kernel.someverylongname is set"
        #expect(try redact(word) == word)
    }

    /// What logs of nodes say all day.
    @Test(
        arguments: [
            "Memory cgroup out of memory: Killed process 4321 (keyring) total-vm:13556260kB",
            "MountVolume.SetUp failed for volume \"t\" : secret \"web-tls\" not found",
            "failed to pull image \"registry.example.com:5000/a/b@sha256:0123456789abcdef0123456789abcdef\"",
            "dial tcp 10.0.0.1:6443: connect: connection refused", "Get \"https://10.0.0.1:6443/api/v1/nodes\": EOF",
            "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory lblock 0",
            "token-request failed", "the basic authentication of the user failed", "Started Session 5 of user root.",
            "pod web-7d9f8b6c5-x2x4z_shop(12345678-1234-1234-1234-123456789012) evicted",
            "audit: type=1701 audit(1700000000.123:42): auid=0 uid=0 sig=11 res=1",
            "systemd[1]: kubelet.service: Main process exited, code=exited, status=255/EXCEPTION",
            "x509: certificate has expired or is not yet valid", "Sending cookies. Check SNMP counters.",
        ]) func whatIsNoSecretStays(_ line: String) throws
    {
        #expect(try redact(line) == line)
    }

    /// Texts with many secrets cost no more than their length.
    @Test func manySecretsAreTakenOutInOnePass() throws {
        let text = String(repeating: "password=\(Self.secret) ", count: 3000)
        let clean = try redact(text)
        #expect(clean == String(repeating: "password=[redacted] ", count: 3000))
    }
}
