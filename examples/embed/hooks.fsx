// What embed.c does with each line. `shout` is a function of the host.
let mutable count = 0

let on_line text =
    count <- count + 1
    if String.startsWith "!" text then
        $"shouted {shout (String.trim (String.replace "!" "" text))} times"
    elif text = "" then
        failwith "an empty line"
    else
        $"{count}: {String.toUpper text}"
