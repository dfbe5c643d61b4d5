// @name: looking
// @description: is only called for lines with one of two words
// @match: ["ERROR", "WARN"]
let on_output = fun text -> true
