/* state_test.c: Config, Events, Commands, UIFormatting, Nav, Async and Script: what keeps state or runs other code. */
#include "fusabi/test_run.h"

RF_TEST(config_values) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Config.define { name = \"font\"; configType = \"string\"; default = None; validator = None }\n"
                         "(Config.has \"font\", Config.has \"nope\", Config.getOr \"font\" \"fallback\", Config.list ())",
                   "(true, false, fallback, [])");
    test_run_check(&run, "Config.define { name = \"a\"; configType = \"colour\" }", "error: Invalid configType 'colour'. Must be one of: string, int, bool, list, map");
    test_run_check(&run, "Config.get \"absent\"", "error: Configuration 'absent' not found");
    test_run_check(&run, "Config.get \"font\"", "error: Configuration 'font' has no value set and no default");
    test_run_check(&run, "Config.set \"absent\" 1", "error: Configuration 'absent' not defined");
    test_run_check(&run, "Config.set \"font\" (String \"mono\")\n(Config.get \"font\", Config.list ())", "(String(mono), [(font, String(mono))])");
    test_run_check(&run, "Config.reset \"font\"\nConfig.list ()", "[]");
    test_run_check(&run, "Config.set \"font\" (Int 1)", "error: Type mismatch: expected ConfigValue.string for configType 'string', got ConfigValue.Int");
    test_run_check(&run, "Config.set \"font\" (String 1)", "error: ConfigValue.String expects a string value");
    test_run_check(&run, "Config.set \"font\" 1", "error: Type mismatch: expected ConfigValue variant, got int");
    test_run_check(&run, "Config.define 1", "error: Type mismatch: expected record, got int");
    test_run_check(&run, "Config.define { configType = \"int\" }", "error: ConfigSchema missing 'name' field");
    test_run_check(&run, "Config.define { name = 1; configType = \"int\" }", "error: Type mismatch: expected string, got int");
}

RF_TEST(config_validators) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let check v = match v with | Int n -> n > 3 | _ -> false\n"
                         "Config.define { name = \"size\"; configType = \"int\"; default = Some (Int 5); validator = Some check }\n"
                         "Config.set \"size\" (Int 9)\nlet a = Config.get \"size\"\nConfig.reset \"size\"\n(a, Config.get \"size\")",
                   "(Int(9), Int(5))");
    test_run_check(&run, "Config.set \"size\" (Int 2)", "error: Value validation failed for config 'size'");
    test_run_check(&run, "Config.get \"size\"", "Int(5)");
    test_run_check(&run, "Config.define { name = \"b\"; configType = \"bool\"; default = Some (Bool true); validator = Some (fun v -> false) }",
                   "error: Default value validation failed for config 'b'");
    test_run_check(&run, "Config.define { name = \"l\"; configType = \"list\"; default = Some (List [1]); validator = Some (fun v -> 1) }", "error: Validator function must return bool");
    test_run_check(&run, "Config.define { name = \"m\"; configType = \"map\"; default = Some (Map (Map.empty ())); validator = Some (fun v -> failwith \"no\") }", "error: no");
    test_run_check(&run, "(Config.has \"b\", Config.has \"l\", Config.has \"m\")", "(false, false, false)");
}

RF_TEST(events_in_order) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let a = Events.once \"e\" (fun d -> print \"o\")\nlet b = Events.on \"e\" (fun d -> print (\"a\" ++ d))\nlet c = Events.on \"e\" (fun d -> print (\"b\" ++ d))\n"
                         "Events.emit \"e\" \"1\"\nEvents.emitAsync \"e\" \"2\"\nEvents.emit \"other\" \"3\"\n(a, b, c, Events.handlers \"e\", Events.list ())",
                   "a1b1oa2b2(1, 2, 3, 2, [e])");
    test_run_check(&run, "(Events.off 2, Events.off 2, Events.off 99, Events.handlers \"e\")", "(true, false, false, 1)");
    test_run_check(&run, "let d = Events.once \"f\" (fun d -> ())\n(d, Events.list (), Events.off d, Events.handlers \"f\")", "(4, [e; f], true, 0)");
    test_run_check(&run, "Events.clear \"e\"\n(Events.handlers \"e\", Events.list ())", "(0, [f])");
    test_run_check(&run, "Events.clearAll ()\nEvents.list ()", "[]");
    test_run_check(&run, "Events.on \"e\" 1", "error: Type mismatch: expected function, got int");
    test_run_check(&run, "Events.on 1 (fun d -> ())", "error: Type mismatch: expected string, got int");
    test_run_check(&run, "Events.emit 1 1", "error: Type mismatch: expected string, got int");
}

/* A handler that emits: no C stack is used up. One that adds another: it counts from the next time on. */
RF_TEST(events_within_events) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let h = Events.on \"n\" (fun n -> if n > 0 then Events.emit \"n\" (n - 1) else print \"end\")\nEvents.emit \"n\" 20000", "end()");
    test_run_check(&run, "let h = Events.on \"m\" (fun x -> ignore (Events.on \"m\" (fun y -> print y)))\nEvents.emit \"m\" \"1\"\nEvents.emit \"m\" \"2\"", "2()");
    test_run_check(&run, "let h = Events.once \"o\" (fun x -> Events.emit \"o\" x)\nEvents.emit \"o\" 1\nEvents.handlers \"o\"", "0");
    test_run_check(&run, "let h = Events.on \"bad\" (fun x -> failwith x)\nEvents.emit \"bad\" \"told you\"", "error: told you");
}

RF_TEST(commands_by_id) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    static const char hi[] = "let hi = { id = \"app.hi\"; name = \"Hi\"; description = \"says hi\"; category = \"demo\"; handler = fun u -> print \"hi!\"; more = 1 }\n";
    char text[600];
    (void)snprintf(text, sizeof text, "%slet n = Commands.register hi\nCommands.invoke \"app.hi\"\n(n, Option.isSome (Commands.getById \"app.hi\"), List.length (Commands.list ()), "
                   "Commands.unregister \"app.hi\", Commands.unregister \"app.hi\")", hi);
    test_run_check(&run, text, "hi!(0, true, 1, true, false)");
    (void)snprintf(text, sizeof text, "%slet ns = Commands.registerMany [hi; { hi with id = \"app.ho\"; handler = fun u -> 7 }]\n"
                   "(ns, Commands.invoke \"app.ho\", Commands.unregister 1, Commands.unregister 1, List.map (fun c -> c.id) (Commands.list ()))", hi);
    test_run_check(&run, text, "([1; 2], 7, true, false, [app.ho])");
    test_run_check(&run, "Commands.invoke \"nope\"", "error: Command not found: nope");
    test_run_check(&run, "Commands.register { id = 1 }", "error: CommandInfo missing 'id' field (string)");
    test_run_check(&run, "Commands.register { id = \"a\"; name = \"b\"; description = \"c\"; category = \"d\" }", "error: CommandInfo missing 'handler' field");
    test_run_check(&run, "Commands.register { id = \"a\"; name = \"b\"; description = \"c\"; category = \"d\"; handler = 1 }",
                   "error: CommandInfo 'handler' must be a function or closure");
    test_run_check(&run, "Commands.unregister true", "error: Type mismatch: expected string or int, got bool");
    test_run_check(&run, "Commands.getById \"nope\"", "None");
}

RF_TEST(formatters_in_order) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let seg t = { text = t; fgColor = None; bgColor = None; bold = false }\n"
                         "let a = UIFormatting.onFormatTab (fun i -> [seg i.title; seg \"x\"])\nlet b = UIFormatting.onFormatStatusLeft (fun i -> [])\nlet c = UIFormatting.onFormatTab (fun i -> [seg \"y\"])\n"
                         "let ts = UIFormatting.formatTab { index = 0; title = \"t\"; active = true; hasActivity = false }\n(a, b, c, List.map (fun s -> s.text) ts)",
                   "(1, 2, 3, [t; x; y])");
    test_run_check(&run, "(UIFormatting.removeFormatter 3, UIFormatting.removeFormatter 3, List.length (UIFormatting.formatTab { title = \"\" }))", "(true, false, 2)");
    test_run_check(&run, "UIFormatting.clearFormatters ()\n(UIFormatting.formatTab 1, UIFormatting.formatStatusRight 1)", "([], [])");
    test_run_check(&run, "UIFormatting.onFormatTab 1", "error: Type mismatch: expected function, got int");
}

RF_TEST(nav_state) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let a = Nav.registerFocusable \"btn\" \"Button\"\nlet n = Nav.getFocusableCount ()\n"
                         "(a, n, Nav.getKeymap (), Nav.isHintModeActive (), Nav.getCurrentAnchor (), Nav.listFocusables (), Nav.unregisterFocusable \"btn\", Nav.getFocusableCount ())",
                   "(Ok(()), 1, vimium, false, None, [{ id = btn; label = Button }], true, 0)");
    test_run_check(&run, "Nav.setKeymap \"COSMOS\"\nlet a = Nav.getKeymap ()\nNav.setKeymap \"Mine\"\n(a, Nav.getKeymap ())", "(cosmos, Mine)");
    test_run_check(&run, "Nav.getLimits ()", "{ maxActionsPerSecond = 60; maxFocusables = 1000; maxHintLength = 32 }");
    test_run_check(&run, "Nav.setLimits 1 2\nlet a = Nav.registerFocusable \"a\" \"A\"\nlet b = Nav.registerFocusable \"b\" \"B\"\n"
                         "let c = Nav.jumpToAnchor \"a\"\nlet d = Nav.jumpToAnchor \"z\"\n(a, b, c, d, Nav.getCurrentAnchor (), Nav.enterHintMode (), Nav.isHintModeActive ())",
                   "(Ok(()), Error(Focusable limit exceeded (max: 1)), Ok(()), Error(Anchor not found: z), Some(a), Error(Rate limit exceeded), false)");
    test_run_check(&run, "Nav.setLimits 1 2\nlet a = Nav.enterHintMode ()\nlet b = Nav.isHintModeActive ()\nNav.exitHintMode ()\n(a, b, Nav.isHintModeActive (), Nav.clearFocusables ())",
                   "(Ok(()), true, false, 1)");
}

RF_TEST(async_runs) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Async.RunSynchronously (Async.Bind (Async.Return 20) (fun x -> Async.Return (x + 1)))", "21");
    test_run_check(&run, "Async.RunSynchronously (Async.Combine (Async.Zero ()) (Async.Delay (fun () -> Async.Return 1)))", "1");
    test_run_check(&run, "let c = async {\n  let! a = async { return 3 }\n  let! b = async { return 4 }\n  return a * b\n}\nAsync.RunSynchronously c", "12");
    test_run_check(&run, "Async.RunSynchronously (Async.parallel [for i in 1 .. 3 -> async { return i * i }])", "[1; 4; 9]");
    test_run_check(&run, "Async.RunSynchronously (Async.catch (Async.Delay (fun () -> Async.Return (1 / 0))))", "Error(Division by zero)");
    test_run_check(&run, "Async.RunSynchronously (Async.catch (Async.map (fun x -> x + 1) (Async.Return 1)))", "Ok(2)");
    test_run_check(&run, "Async.RunSynchronously (Async.ignore (Async.Return 1))", "()");
    test_run_check(&run, "Async.RunSynchronously 5", "error: Type mismatch: expected Async variant, got int");
    test_run_check(&run, "Async.RunSynchronously (Foo 5)", "error: Unknown Async variant: Foo");
    test_run_check(&run, "let rec count n = if n = 0 then Async.Return \"done\" else Async.Bind (Async.Return n) (fun x -> count (x - 1))\nAsync.RunSynchronously (count 100000)", "done");
    test_run_check(&run, "let rec deep n = if n = 0 then Async.Return 0 else Async.Bind (deep (n - 1)) (fun x -> Async.Return (x + 1))\nAsync.RunSynchronously (deep 20000)", "20000");
    test_run_check(&run, "Async.RunSynchronously (Async.sleep 1)", "()");
}

RF_TEST(script_evaluates) {
    test_run run RF_CLEANUP(test_run_done) = { .host = { .script_name = "s.fsx" } };
    static const char *const args[] = { "one", "t\xFF" };
    run.host.args = args;
    run.host.arg_count = 2;
    test_run_check(&run, "let x = 10\n(Script.evalToString \"x\", Script.eval \"String.length \\\"four\\\"\")", "(Error: Runtime error: Undefined global: x, 4)");
    test_run_check(&run, "Script.eval \"1 / 0\"", "error: Division by zero");
    test_run_check(&run, "(Script.evalToString \"1 / 0\", Script.evalToString \"[1; 2]\", Script.evalToString \"failwith \\\"no\\\"\")", "(Error: Division by zero, [1; 2], Error: Runtime error: no)");
    test_run_check(&run, "let f = Script.eval \"let k = 5\\nfun x -> x + k\"\nlet g = Script.eval \"let k = 5\\nfun x -> x + k\"\n(f 1, g 2)", "(6, 7)");
    test_run_check(&run, "[for i in 1 .. 3 -> Script.eval \"\\\"a\\\" ++ \\\"b\\\"\"]", "[ab; ab; ab]");
    test_run_check(&run, "(Script.args (), Script.name ())", "([one; t\xEF\xBF\xBD], s.fsx)");
    test_run_check(&run, "String.startsWith \"Error: Runtime error: Parse error: \" (Script.evalToString \"1 +\")", "true");
    test_run_check(&run, "String.startsWith \"Error: Runtime error: Lex error: \" (Script.evalToString \"\\\"abc\")", "true");
    test_run_check(&run, "let h = Events.on \"down\" (fun n -> ignore (Script.eval \"let n = Config.get \\\"n\\\"\\nEvents.emit \\\"deep\\\" ()\\nprint (sprintf \\\"%s \\\" [n])\"))\n"
                         "Config.define { name = \"n\"; configType = \"int\"; default = Some (Int 1); validator = None }\n"
                         "let d = Events.once \"deep\" (fun u -> Config.set \"n\" (Int 2); Events.emit \"down\" 1)\nEvents.emit \"down\" 1",
                   "Int(2) Int(1) ()");
    test_run_check(&run, "let h = Events.on \"self\" (fun n -> Script.eval \"Events.emit \\\"self\\\" 1\")\nEvents.emit \"self\" 1", "error: Call stack overflow");
    test_run_check(&run, "Script.eval 5", "error: Type mismatch: expected string, got int");
}
