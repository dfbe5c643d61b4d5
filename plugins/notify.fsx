// notify: says when a command that took long has ended and nobody watched, at once or when somebody comes.
//
// @version: 1.0.0
// @description: Says when a long command has ended while nobody watched, and tells whoever attaches next.
// @license: MIT
// @hooks: ["on_post_command", "on_attach", "on_reload"]
// @capabilities: ["ui"]
// @config: seconds: int = 10 -- how long a command must have taken
// @config: always: bool = false -- whether it is said also while somebody watches
// @config: ignore: texts = ["vi", "vim", "nvim", "nano", "emacs", "less", "more", "man", "htop", "top", "watch", "ssh", "tmux", "screen", "mc"] -- commands that last as long as somebody uses them

let limit = 1000 * Plugin.config "seconds"
let always = Plugin.config "always"
let ignored = List.ofArray (Plugin.config "ignore")

let mostKept = 20
let mutable missed = [] // newest first
let mutable forgotten = 0

// "vim" of "sudo -E TERM=xterm /usr/bin/vim notes"
let nameOf command =
    let isName word = not (Regex.isMatch "^(?:sudo|doas|env|nohup|time|exec|command|-.*|\\w+=.*)$" word)
    match List.tryFind isName (String.words command) with
    | Some word -> List.last (String.split "/" word)
    | None -> ""

let shortened text =
    let line = Regex.replace "\\s+" " " (String.trim text)
    if String.length line <= 60 then line else String.slice 0 58 line ++ "…"

let took ms =
    let seconds = ms / 1000
    if seconds < 60 then $"{seconds} s"
    elif seconds < 3600 then $"{seconds / 60} min {seconds % 60} s"
    else $"{seconds / 3600} h {seconds % 3600 / 60} min"

let said command code ms =
    let result = if code = 0 then "done" else $"failed with {code}"
    $"{shortened command}: {result} after {took ms}"

let keep text =
    if List.length missed >= mostKept then forgotten <- forgotten + 1
    missed <- List.truncate mostKept (text :: missed)

let on_post_command text directory exit_code milliseconds =
    if milliseconds >= limit && String.trim text <> "" && not (List.contains (nameOf text) ignored) then
        let watched = Session.clients () > 0
        let line = said text exit_code milliseconds
        if not watched then keep line
        if always || not watched then
            Ui.notify (if exit_code = 0 then "Command done" else "Command failed") line (if exit_code = 0 then "success" else "error")

// Whoever comes first is told.
let on_attach client =
    if not (List.isEmpty missed) then
        let more = if forgotten > 0 then [$"and {forgotten} before that"] else []
        Ui.notify "While you were away" (String.join "\n" (List.append missed more)) "info"
        missed <- []
        forgotten <- 0

let on_reload old =
    missed <- old.missed
    forgotten <- old.forgotten
