// @description: Has an error in its third line.
let on_message message =
    Modify { payload = message.paylod +; meta = message.meta }
