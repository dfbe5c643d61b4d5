// last: how the last command ended and how long it took, in the status line. Commands are known from shell integration.
//
// @description: Shows how the last command ended, and how long it took.
// @capabilities: ["ui"]

let on_post_command text directory exit_code milliseconds =
    let how = if exit_code = 0 then "ok" else $"exit {exit_code}"
    Ui.status "last" $"{how}, {milliseconds} ms" 50
