// redact: hides passwords, tokens and card numbers in the output.
//
// @version: 1.0.0
// @description: Hides passwords, tokens and card numbers in the output.
// @hooks: ["on_output"]
// @match: ["/(password|token|secret)[=:]/i", "/\\d{4}[ -]\\d{4}[ -]\\d{4}[ -]\\d{4}/"]
// @config: mask: text = "****" -- what stands in the place of what is hidden
// @pure: true

let mask = Plugin.config "mask"

let secrets = "(?i)\\b(password|token|secret)([=:]\\s*)\\S+"
let cards = "\\b\\d{4}([ -])\\d{4}[ -]\\d{4}[ -](\\d{4})\\b"

// Called only for lines in which one of the patterns of `match` was found.
let on_output line =
    let hidden = Regex.replace secrets ("$1$2" ++ mask) line
    Modify (Regex.replace cards (mask ++ "$1$2") hidden)
