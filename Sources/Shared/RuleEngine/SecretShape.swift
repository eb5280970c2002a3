/// One form that a secret has in log text: a pattern of RE2, whose groups are the secret.
///
/// Where the issuer of a token publishes its form, it is taken from there: GitHub "About authentication", GitLab "Token
/// overview", AWS IAM "Unique identifiers", Slack "Token types", Stripe "API keys", npm "About access tokens", HashiCorp
/// Vault "Tokens", kubeadm "token". A prefix of their own is enough to tell those from any other text; of the rest it is
/// the name before them.
struct SecretShape: Sendable {
    let name: String
    let pattern: String
    /// Whether what a group found is one; for what a pattern cannot say.
    let isSecret: @Sendable (ArraySlice<UInt8>) -> Bool

    private init(
        _ name: String, _ pattern: String, isSecret: @escaping @Sendable (ArraySlice<UInt8>) -> Bool = { _ in true }
    ) {
        self.name = name
        self.pattern = pattern
        self.isSecret = isSecret
    }

    /// Words behind which a secret stands, in a name or alone.
    private static let words =
        "(?:passwords?|passwd|passwort|passphrase|pwd|pswd|tokens?|secrets?|credentials?|"
        + "(?:api|access|account|private|secret|shared|master|encryption|signing|storage|service|client|ssh|ssl|tls|"
        + "consumer|license|session|root|unseal|webhook|app|application|auth|deploy|function|host|primary|secondary|"
        + "subscription|certificate|cert)"
        + "[ _.-]?(?:access[ _.-]?)?key(?:[ _.-]?data)?|session[ _.-]?id|jsessionid|phpsessid|"
        + "密码|口令|密钥|令牌)"
    /// Short words, which are parts of too many others.
    private static let shortWords = #"(?:\b|_)(?:key|pass|auth)"#
    /// Behind a name: its own closing quote, perhaps escaped, and what gives it a value; the same in a URL's escapes.
    private static let given = #"\\*['"]?\]?\s*(?:=>|:=|[=:：]|%3[Dd]|%3[Aa])\s*"#
    /// A value in escaped quotes, in quotes with escapes, or up to a blank.
    private static let value =
        #"(?:\\+"(.*?)(?:\\+"|\z)|\\+'(.*?)(?:\\+'|\z)|"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*)|"#
        + #"([^\s'",;&{\[][^\s'",;&]*|[{\[][^\s'",;&]{2,}))"#

    static let all: [SecretShape] = [
        // Behind a name
        SecretShape("assignment", "(?is)" + words + #"(?:_[a-z0-9]+)*[0-9]*"# + given + value),
        SecretShape("short assignment", "(?is)" + shortWords + given + value),
        SecretShape(
            "option",
            #"(?is)(?:^|[^a-z0-9_-])--?[a-z0-9-]*(?:password|passwd|passphrase|pass|pwd|token|secret|credentials?|-?key|auth)"#
                + #"(?:\s+|['"]\s*,\s*)"# + value
        ) { !$0.starts(with: "-".utf8) },
        SecretShape("short option", #"(?i)\s(?:-u|--user)[ =]?\S+\s+-p\s*['"]?([^\s'"]+)"#),
        SecretShape(
            "option of a client", #"(?i)\b(?:mysql\w*|mariadb[\w-]*|sshpass|smbclient)\b[^\n]*?\s-p\s*['"]?([^\s'"]+)"#),
        SecretShape("option of redis-cli", #"(?i)\bredis-cli\b[^\n]*?\s-a\s+['"]?([^\s'"]+)"#),
        SecretShape(
            "option of curl", #"(?i)\bcurl\b[^\n]*?\s(?:-u|--user|--proxy-user)[ =]?['"]?([^\s:'"]*:[^\s'"]+)"#),
        SecretShape(
            "identified by", #"(?i)\bidentified\s+(?:with\s+\S+\s+)?by\s+(?:password\s+)?\\*['"]([^'"]+)"#),
        // Headers
        // Those of several parts first: of one part only the scheme would be left.
        SecretShape(
            "authorization of several parts",
            #"(?i)\bauthorization"# + given
                + #"\\*['"]?(?:digest|oauth|hawk|mac|signature|aws4[a-z0-9-]*)\s+([^\r\n]+)"#),
        SecretShape(
            "authorization",
            #"(?i)\bauthorization"# + given
                + #"\\*['"]?(?:(?:bearer|basic|token|negotiate|ntlm|apikey|bot)\s+)?([^\s'",;]+)"#),
        SecretShape("bearer", #"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{8,})"#),
        SecretShape("cookie", #"(?i)\b(?:set-)?cookie2?"# + given + #"\\*['"]?((?:"[^"]*"|[^\r\n'"])+)"#),
        SecretShape("digest", #"(?i)\bdigest\s+username=[^\n]*?\b(?:response|nonce|cnonce)="?([^\s",]+)"#),
        // URLs
        SecretShape("user info", #"(?i)\b[a-z][a-z0-9+.-]*://(?:([^\s/@:'"]*:[^\s'"<>]*)|([^\s/@:'"<>]+))@"#),
        SecretShape("signature", #"(?i)\bsig(?:nature)?=([A-Za-z0-9%+/=_-]{16,})"#),
        SecretShape(
            "signed URL",
            #"(?i)\bX-(?:Amz|Goog|Oss|Obs|Cos)-(?:Signature|Security-Token|Credential|SignedHeaders-Signature)(?:=|%3D)([^&\s'"]+)"#
        ),
        SecretShape(
            "webhook",
            #"(?i)\b(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api(?:/v\d+)?/webhooks|[a-z0-9.-]*webhook\.office\.com|oapi\.dingtalk\.com/robot|qyapi\.weixin\.qq\.com/cgi-bin/webhook|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot|api\.telegram\.org)/?([^\s'"]+)"#
        ),
        // Tokens that say what they are
        SecretShape("JSON Web Token", #"\b(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)"#),
        SecretShape("PEM", #"(?s)(-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z))"#),
        SecretShape("AWS", #"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,})"#),
        SecretShape("GitHub", #"\b(gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})"#),
        SecretShape(
            "GitLab",
            #"\b(gl(?:pat|ptt|rtr?|dt|cbt|imt|ft|soat|agent|oas|ffct)-[A-Za-z0-9_.-]{16,}|GR1348941[A-Za-z0-9_-]{16,})"#
        ),
        SecretShape("Google", #"\b(AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{16,})"#),
        SecretShape("Slack", #"\b(xox[a-z](?:\.[a-z]+)?-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,})"#),
        SecretShape("Stripe", #"\b((?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9]{8,})"#),
        SecretShape("OpenAI, Anthropic", #"\b(sk-[A-Za-z0-9_-]{20,})"#),
        SecretShape("npm, PyPI, RubyGems", #"\b(npm_[A-Za-z0-9]{16,}|pypi-[A-Za-z0-9_-]{16,}|rubygems_[a-f0-9]{16,})"#),
        SecretShape("Vault", #"\b(hv[sbr]\.[A-Za-z0-9_-]{16,}|[sbr]\.[A-Za-z0-9]{24})"#),
        SecretShape("Docker", #"\b(dck[a-z]{1,3}_[a-z]+_[A-Za-z0-9_-]{16,})"#),
        SecretShape("SendGrid", #"\b(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})"#),
        SecretShape(
            "other clouds",
            #"\b(do[a-z]_v1_[a-f0-9]{32,}|shp[a-z]{2}_[a-fA-F0-9]{32}|AGE-SECRET-KEY-1[0-9A-Z]{40,}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,}|dapi[a-f0-9]{32}|hf_[A-Za-z0-9]{20,}|glsa_[A-Za-z0-9_]{20,}|PMAK-[A-Za-z0-9-]{20,}|sntr[a-z]{1,2}_[A-Za-z0-9_=-]{20,}|lin_api_[A-Za-z0-9]{20,}|tskey-[a-z]+-[A-Za-z0-9-]{8,}|eyJrIjoi[A-Za-z0-9_-]{16,})"#
        ),
        SecretShape("Telegram", #"\b([0-9]{8,10}:AA[A-Za-z0-9_-]{30,})"#),
        SecretShape("bootstrap token", #"\b([a-z0-9]{6}\.[a-z0-9]{16})\b"#) { found in
            // Words with a dot have this form too; of sixteen drawn at random nearly all hold a digit.
            found.suffix(16).contains { (0x30...0x39).contains($0) }
        },
    ]
}
