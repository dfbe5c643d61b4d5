// changes: of the messages of a stream, only those whose value has changed go on; each carries what it was before.
//
// @version: 1.0.0
// @description: Passes a message on only when its value has changed.
// @hooks: ["on_message"]
// @config: key: text = "sensor" -- the field of the payload that says whose value it is
// @config: value: text = "value" -- the field with the value
// @config: least: number = 0.5 -- smaller changes are none

const key = Plugin.config("key");
const value = Plugin.config("value");
const least = Plugin.config("least");
const last = new Map();

function on_message(message) {
    const now = message.payload[value];
    if (typeof now !== "number")
        return Drop;
    const before = last.get(message.payload[key]);
    if (before !== undefined && Math.abs(now - before) < least)
        return Drop;
    last.set(message.payload[key], now);
    message.payload.before = before ?? 0;
    return message;
}
