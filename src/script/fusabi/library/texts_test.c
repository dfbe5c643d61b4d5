/* texts_test.c: String, formats, conversions and Json. */
#include "fusabi/test_run.h"

#define HOLDS(scripts)                                                 \
    do {                                                               \
        test_run run RF_CLEANUP(test_run_done) = { 0 };                \
        rf_check(test_run_begin(&run) == RF_OK);                       \
        rf_fus_vm_stress(run.vm, true);                                \
        for (size_t i = 0; i < sizeof(scripts) / sizeof *(scripts); i++) \
            test_run_check(&run, (scripts)[i][0], (scripts)[i][1]);    \
    } while (0)

RF_TEST(the_originals_formats) {
    static const char *const scripts[][2] = {
        { "sprintf \"%s is %d%%\" [\"x\"; 42]", "x is 42%" },
        { "sprintf \"%s|%s\" [(1, \"a\"); { x = 1 }]", "(1, a)|{ x = 1 }" },
        { "sprintf \"%f %f %.2f %.0f %.0f %.1f %.3f\" [1; 2.5; 1.005; 0.5; 1.5; 0.25; 2]", "1.0 2.5 1.00 0 2 0.2 2.000" },
        { "sprintf \"%.3f %.1f\" [Math.nan (); Math.infinity ()]", "NaN inf" },
        { "sprintf \"%d\" [\"x\"]", "error: Expected int for %d, got string" },
        { "sprintf \"%d %d\" [1]", "error: Not enough arguments for format string" },
        { "sprintf \"%d\" [1; 2]", "error: Too many arguments for format string: expected 1, got 2" },
        { "sprintf \"x\" [1]", "error: Too many arguments for format string: expected 0, got 1" },
        { "sprintf \"%q\" [1]", "error: Unknown format specifier: %q" },
        { "sprintf \"%5d\" [1]", "error: Unknown format specifier: %5" },
        { "sprintf \"%\xC3\xA9\" [1]", "error: Unknown format specifier: %\xC3\xA9" },
        { "sprintf \"%.2d\" [1]", "error: Invalid format specifier: %.2" },
        { "sprintf \"%.f\" [1]", "error: Invalid precision specifier" },
        { "sprintf \"%.99999999999f\" [1]", "error: Invalid precision specifier" },
        { "sprintf \"%\" []", "error: Incomplete format specifier at end of string" },
        { "String.format \"%s\" 1", "error: Type mismatch: expected list, got int" },
        { "String.length (sprintf \"%.4000f\" [1e308])", "4310" },
    };
    HOLDS(scripts);
}

RF_TEST(fsharps_formats) {
    static const char *const scripts[][2] = {
        { "sprintf \"%5d|%-5d|%05d|%+d|% d|%i\" 1 2 3 4 5 6", "    1|2    |00003|+4| 5|6" },
        { "sprintf \"%x %X %o %B %u\" 255 255 8 5 (-1)", "ff FF 10 101 18446744073709551615" },
        { "sprintf \"%e %E %g %G\" 12345.678 0.00012 1e10 0.5", "1.234568e+004 1.200000E-004 1e+10 0.5" },
        { "sprintf \"%f|%8.2f|%-8.1f|%08.2f|%M\" 1.5 3.14159 2.25 (-3.5) 0.1", "1.500000|    3.14|2.2     |-0003.50|0.1" },
        { "sprintf \"%6s|%-6s|%b|%c\" \"d\xC3\xA9\" \"x\" true 'y'", "    d\xC3\xA9|x     |true|y" },
        { "sprintf \"%A %O\" \"a\" \"b\"", "\"a\" b" },
        { "sprintf \"%A\" [\"a\"; \"b\"]", "[\"a\"; \"b\"]" },
        { "(sprintf \"%d %d\" 1) 2", "1 2" },
        { "let f = sprintf \"%s-%s-%s\" \"a\"\n[f \"b\" \"c\"; f \"d\" \"e\"]", "[a-b-c; a-d-e]" },
        { "List.map (sprintf \"<%d>\") [1; 2]", "[<1>; <2>]" },
        { "sprintf \"%d\" \"x\"", "error: Expected int for %d, got string" },
        { "sprintf \"%b\" 1", "error: Expected bool for %b, got int" },
        { "sprintf \"%c\" \"ab\"", "error: Expected one character for %c, got 2" },
        { "sprintf \"%q\" 1", "error: Unknown format specifier: %q" },
        { "sprintf \"none\" 1", "error: Too many arguments for format string: expected 0, got 1" },
        { "sprintf \"%99999999d\" 1", "error: Invalid width specifier" },
        { "sprintf \"%6f|%e\" (Math.nan ()) (-(Math.infinity ()))", "   NaN|-inf" },
        { "failwithf \"%d of %s\" 1 \"x\"", "error: 1 of x" },
        { "failwithf \"%d\" [1]", "error: 1" },
    };
    HOLDS(scripts);
}

RF_TEST(conversions) {
    static const char *const scripts[][2] = {
        { "[int \"42\"; int \" -7 \"; int \"0x1F\"; int \"0b101\"; int \"0o17\"; int 3.99; int (-3.99); int true]", "[42; -7; 31; 5; 15; 3; -3; 1]" },
        { "int \"9223372036854775808\"", "error: The input string '9223372036854775808' was not in a correct format." },
        { "int \"\"", "error: The input string '' was not in a correct format." },
        { "int 1e30", "error: Value was either too large or too small for an int" },
        { "int (Math.nan ())", "error: Value was either too large or too small for an int" },
        { "int []", "error: Type mismatch: expected int, got list" },
        { "[float \"1.5\"; float \" 1e3 \"; float 2; float \"-0.5\"]", "[1.5; 1000; 2; -0.5]" },
        { "float \"1_0\"", "error: The input string '1_0' was not in a correct format." },
        { "float \"0x10\"", "error: The input string '0x10' was not in a correct format." },
        { "(string 1.0, string \"a\", string [1; 2], char 955)", "(1, a, [1; 2], \xCE\xBB)" },
        { "char 55296", "error: No character has the code 55296" },
        { "(String.toInt \"12\", String.toInt \"x\", String.toFloat \"2.5\", String.toFloat \"\")", "(Some(12), None, Some(2.5), None)" },
        { "[round 2.5; round 3.5; Math.round 2.5; Math.round (-2.5)]", "[2; 4; 3; -3]" },
        { "(max 1 2, min \"a\" \"b\", max (1, 2) (1, 3), pown 3 4, pown 2.0 3, sign (-2.0), abs (-3))", "(2, a, (1, 3), 81, 8, -1, 3)" },
        { "pown 2 (-1)", "error: Negative exponent of an int" },
        { "max 1 2.0", "error: Type mismatch in comparison: int < float" },
        { "(Math.max 1.5 2, Math.min 1 0.5, Math.mod (-7) 3, Math.mod 7.5 (-2.0), Math.clamp 0 5 9)", "(2, 0.5, 2, -0.5, 5)" },
        { "Math.max 1 \"a\"", "error: Math.max expects int or float, got int and string" },
        { "Math.sqrt (-4)", "error: Cannot compute square root of negative number" },
        { "Math.log 0", "error: log argument must be positive" },
        { "Math.asin 2", "error: asin argument must be in range [-1, 1]" },
        { "fst (1, 2, 3)", "error: Type mismatch: expected tuple of 2, got tuple of 3" },
        { "not 1", "error: Type mismatch: expected bool, got int" },
        { "invalidArg \"n\" \"too small\"", "error: too small (Parameter 'n')" },
        { "try failwith \"a\" with Failure m -> m", "a" },
    };
    HOLDS(scripts);
}

RF_TEST(strings_count_characters) {
    static const char *const scripts[][2] = {
        { "(String.length \"ca\xC3\xB1\xC3\xB3n\", String.substring 2 2 \"ca\xC3\xB1\xC3\xB3n\", String.slice (-2) (-1) \"ca\xC3\xB1\xC3\xB3n\", String.charAt 2 \"ca\xC3\xB1on\")", "(5, \xC3\xB1\xC3\xB3, \xC3\xB3n, \xC3\xB1)" },
        { "(String.indexOf \"n\" \"\xC3\xB1n\", String.lastIndexOf \"a\" \"\xC3\xB1" "aba\", String.indexOf \"z\" \"a\", String.indexOf \"\" \"a\", String.lastIndexOf \"\" \"ab\")", "(1, 3, -1, 0, 2)" },
        { "String.substring 1 5 \"abc\"", "error: String.substring: 5 characters from 1 on are out of range" },
        { "String.charAt 3 \"abc\"", "error: String.charAt: index 3 out of range" },
        { "(String.slice 2 1 \"abc\", String.slice 0 99 \"abc\", String.slice (-99) 0 \"abc\")", "(, abc, a)" },
        { "[String.split \"\" \"a\xC3\xB1\"; String.split \",\" \"\"; String.split \"--\" \"a--b----c\"; String.split \"x\" \"abc\"]", "[[; a; \xC3\xB1; ]; []; [a; b; ; c]; [abc]]" },
        { "[String.lines \"a\\r\\nb\\n\\nc\"; String.lines \"\"; String.words \"  a\\tb \"; String.chars \"\xC3\xB1\"]", "[[a; b; ; c]; []; [a; b]; [\xC3\xB1]]" },
        { "(String.padLeft 4 \"\xC3\xB1\", String.padRight 3 \"ab\", String.padLeft (-1) \"a\", String.reverse \"\xC3\xB1x\", String.replace \"aa\" \"b\" \"aaaaa\")", "(   \xC3\xB1, ab , a, x\xC3\xB1, bba)" },
        { "String.replace \"\" \"b\" \"a\"", "error: String.replace: the text to look for is empty" },
        { "String.repeat (-1) \"a\"", "error: String.repeat requires non-negative count, got -1" },
        { "[String.trim \" \\t\xC2\xA0x \"; String.trimStart \"  x \"; String.trimEnd \" x  \"; String.trim \"  \"]", "[x; x ;  x; ]" },
        { "[String.toUpper \"stra\xC3\x9F" "e \xEF\xAC\x83\"; String.toLower \"\xCE\x9F\xCE\xA3 \xCE\xA3\xCE\x91\xCE\xA3.\"; String.toUpper \"a1z\"; String.toLower \"A1Z\"]", "[STRASSE FFI; \xCE\xBF\xCF\x82 \xCF\x83\xCE\xB1\xCF\x82.; A1Z; a1z]" },
        { "(String.map String.toUpper \"ab\", String.filter (fun c -> c <> \"b\") \"abc\", String.forall (fun c -> c = \"a\") \"aa\", String.exists (fun c -> c = \"z\") \"aa\")", "(AB, ac, true, false)" },
        { "String.trim 5", "error: Type mismatch: expected string, got int" },
        { "String.join \",\" [1]", "error: Type mismatch: expected string, got int" },
        { "String.map id 5", "error: Type mismatch: expected string, got int" },
        { "let mutable s = \"\"\nfor i in 1 .. 300 do s <- s ++ \"\xC3\xB1" "b\"\n(String.length s, String.indexOf \"b\" s, String.endsWith \"b\" s, String.length (String.replace \"b\" \"\" s))", "(600, 1, true, 300)" },
    };
    HOLDS(scripts);
}

RF_TEST(json_text) {
    static const char *const scripts[][2] = {
        { "Json.parse \" { \\\"b\\\" : [ 1 , 2.5, null, true ] , \\\"a\\\" : {} } \"", "{ a = {  }; b = [|1; 2.5; (); true|] }" },
        { "(Json.parse \"9007199254740993\", Json.parse \"18446744073709551615\", Json.parse \"1e3\", Json.parse \"-0\", Json.parse \"-9223372036854775808\")", "(9007199254740993, 18446744073709552000, 1000, -0, -9223372036854775808)" },
        { "Json.parse \"{\\\"b\\\":1,\\\"a\\\":2,\\\"b\\\":3}\"", "{ a = 2; b = 3 }" },
        { "Json.parse \"\\\"\\\\ud83d\\\\ude00\\\\n\\\\u00e9\\\"\"", "\xF0\x9F\x98\x80\n\xC3\xA9" },
        { "Json.stringify { b = [true; false]; a = (1, 2.0, \"x\\n\\\"\"); c = (); d = Map.ofList [(\"z\", 1); (\"y\", [||])] }", "{\"a\":[1,2.0,\"x\\n\\\"\"],\"b\":[true,false],\"c\":null,\"d\":{\"y\":[],\"z\":1}}" },
        { "Json.stringify [1e16; 1e15; 123456.789; 1e-5; 1e-6; 1.5e300; -0.0]", "[1e16,1000000000000000.0,123456.789,0.00001,1e-6,1.5e300,-0.0]" },
        { "Json.stringifyPretty { a = [1; 2]; b = []; c = {  } }", "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": [],\n  \"c\": {}\n}" },
        { "Json.stringify (Some 1)", "error: Cannot convert variant to JSON" },
        { "Json.stringify [id]", "error: Cannot convert function to JSON" },
        { "Json.stringify (1 :: 2)", "error: Type mismatch: expected list, got int" },
        { "(Json.tryParse \"[1]\", Json.tryParse \"[1\")", "(Some([|1|]), None)" },
    };
    HOLDS(scripts);
}

RF_TEST(json_mistakes_say_where) {
    static const char *const texts[][2] = {
        { "{bad", "key must be a string at line 1 column 2" },
        { "[1,]", "trailing comma at line 1 column 4" },
        { "[1 2]", "expected `,` or `]` at line 1 column 4" },
        { "{'a' 1}", "expected `:` at line 1 column 6" },
        { "{'a':1 'b'}", "expected `,` or `}` at line 1 column 8" },
        { "nul", "EOF while parsing a value at line 1 column 3" },
        { "nulx", "expected ident at line 1 column 4" },
        { "01", "invalid number at line 1 column 2" },
        { "1.x", "invalid number at line 1 column 3" },
        { "-", "EOF while parsing a value at line 1 column 1" },
        { "1e999", "number out of range at line 1 column 5" },
        { "[1", "EOF while parsing a list at line 1 column 2" },
        { "{'a':1", "EOF while parsing an object at line 1 column 6" },
        { "", "EOF while parsing a value at line 1 column 0" },
        { "1 2", "trailing characters at line 1 column 3" },
        { "'a", "EOF while parsing a string at line 1 column 2" },
        { "'\\q'", "invalid escape at line 1 column 3" },
        { "'\\ud800'", "unexpected end of hex escape at line 1 column 8" },
        { "'\\udc00'", "lone leading surrogate in hex escape at line 1 column 7" },
        { "[1,\n 2,\n x]", "expected value at line 3 column 2" },
    };
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer script = { 0 }, expected = { 0 };
        rf_buffer_text(&script, "Json.parse (String.replace \"'\" \"\\\"\" \"");
        for (const char *c = texts[i][0]; *c; c++)
            rf_buffer_text(&script, *c == '\\' ? "\\\\" : (char[]){ *c, '\0' });
        rf_buffer_text(&script, "\")");
        rf_buffer_printf(&expected, "error: JSON parse error: %s", texts[i][1]);
        rf_check(rf_buffer_cstr(&script) && rf_buffer_cstr(&expected));
        test_run_check(&run, script.data, expected.data);
    }
}

RF_TEST(printing) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "print 1\nprintfn \" a\"\nprintfn [1; 2]\nprintfn \"%d\"\nprintf \"x\"\nList.iter printfn [\"y\"]\n()", "1 a\n[1; 2]\n%d\nxy\n()");
    rf_check(test_run_script(&run, "printfn (String.repeat 600 \"a\")")); /* more than what print keeps room for */
    rf_check(run.out.len == 603 && run.out.data[599] == 'a' && rf_slice_ends(rf_buffer_view(&run.out), RF_SLICE("a\n()")));
}
