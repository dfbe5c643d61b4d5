// errors: counts lines with errors, shows how many in the status line, and says when they come thick.
//
// @version: 1.0.0
// @description: Counts lines with errors and shows how many in the status line.
// @hooks: ["on_output", "on_pre_command", "on_tick", "on_reload"]
// @match: ["ERROR", "FATAL", "/(^|\\W)error:/i"]
// @capabilities: ["ui"]
// @tick: 60s
// @config: many: int = 10 -- so many in a minute are worth a notification

let errors = 0;       // since the last command
let lastMinute = 0;

function show() {
    Ui.status("errors", errors === 0 ? "" : errors === 1 ? "1 error" : `${errors} errors`, 10);
}

// A line is only looked at: nothing returned means that it goes on.
function on_output(line) {
    errors++;
    lastMinute++;
    show();
    if (lastMinute === Plugin.config("many"))
        Ui.notify("Errors", `${lastMinute} within a minute`, "warning");
}

function on_pre_command(text) {
    errors = 0;
    show();
}

function on_tick(name) {
    lastMinute = 0;
}

// A saved file takes over what the running version had counted.
function on_reload(old) {
    errors = old.errors ?? 0;
    lastMinute = old.lastMinute ?? 0;
}
