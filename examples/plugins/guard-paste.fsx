// guard-paste: a pasted text of several lines, or one that is dangerous, must be pasted twice.
//
// @version: 1.0.0
// @description: Holds back pastes that would run commands, until they are pasted again.
// @hooks: ["on_paste", "on_input"]
// @capabilities: ["ui"]
// @config: dangerous: texts = ["rm -rf", "sudo ", "| sh"] -- what must be pasted twice even within one line

let dangerous = List.ofArray (Plugin.config "dangerous")
let mutable held = ""

let is_risky text =
    String.contains "\n" text || List.exists (fun part -> String.contains part text) dangerous

let on_paste text =
    if not (is_risky text) || text = held then
        held <- ""
        Continue
    else
        held <- text
        Ui.notify "Paste held back" "paste it once more to send it" "warning"
        Drop

// Whoever types something else did not mean it.
let on_input bytes =
    held <- ""
    Continue
