// @config: least: number = 0.5 -- smaller changes are none
let on_message message = Continue
