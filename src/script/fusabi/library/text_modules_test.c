/* text_modules_test.c: Crypto, Url, Time and Regex. */
#include "fusabi/test_run.h"

RF_TEST(crypto_sha256) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Crypto.sha256 \"\"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    test_run_check(&run, "Crypto.sha256 (\"a\" ++ \"bc\")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    test_run_check(&run, "Crypto.sha256 (String.repeat 1000 \"\xC3\xA9\") |> String.slice 0 7", "75628d88");
    test_run_check(&run, "Crypto.sha256 1", "error: Type mismatch: expected string, got int");
}

RF_TEST(url_parts) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Url.parse \"https://example.com:8443/a/b?x=1&y=2#frag\"",
                   "Some({ fragment = Some(frag); host = example.com; path = /a/b; port = Some(8443); query = Some(x=1&y=2); scheme = https })");
    test_run_check(&run, "Url.parse \"http://h\"", "Some({ fragment = None; host = h; path = /; port = None; query = None; scheme = http })");
    test_run_check(&run, "Url.parse \"http://[::1]:80/x\"",
                   "Some({ fragment = None; host = [::1]; path = /x; port = Some(80); query = None; scheme = http })");
    test_run_check(&run, "List.map Url.isValid [\"not a url\"; \"ftp://h:0/\"; \"http://h:65536\"; \"http://\"; \"1http://h\"; \"http://[::1\";"
                         " \"http://[::1]\"; \"a+b-c.d://h\"; \"http://:80\"; \"://h\"; \"http://h:x\"; \"http://h?#\"]",
                   "[false; false; false; false; false; false; true; true; false; false; false; true]");
    test_run_check(&run, "Url.parse 1", "error: Type mismatch: expected string, got int");
}

RF_TEST(url_percent) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Url.encode \"a b&c=d/\xC3\xA9~-_.\"", "a%20b%26c%3Dd%2F%C3%A9~-_.");
    test_run_check(&run, "List.map Url.decode [\"a%20b%2Fc\"; \"bad%zz\"; \"cut%4\"; \"end%41\"; \"%ff\"; \"\"; \"%c3%A9\"; \"%\"]",
                   "[Some(a b/c); None; None; Some(endA); None; Some(); Some(\xC3\xA9); None]");
}

RF_TEST(time_text) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Time.format \"%Y-%m-%d %H:%M:%S\" 0", "1970-01-01 00:00:00");
    test_run_check(&run, "Time.format \"%Y/%m/%d\" 1709210096000", "2024/02/29");
    test_run_check(&run, "Time.format \"%H%%%M\" 86399000", "23%59");
    test_run_check(&run, "Time.format \"%Y-%m-%d\" 253402300800000", "10000-01-01");
    test_run_check(&run, "Time.format \"%Y\" 9223372036854775807", "292278994");
    test_run_check(&run, "Time.format \"%Q\" 0", "error: Unknown time format specifier: %Q");
    test_run_check(&run, "Time.format \"%\xC3\xA9\" 0", "error: Unknown time format specifier: %\xC3\xA9");
    test_run_check(&run, "Time.format \"%\" 0", "error: Incomplete format specifier at end of string");
    test_run_check(&run, "Time.format \"%Y\" (-1000)", "error: Invalid timestamp");
    test_run_check(&run, "Time.parse \"%Y-%m-%d %H:%M:%S\" \"2031-12-31 23:59:58\"", "Some(1956527998000)");
    test_run_check(&run, "List.map (Time.parse \"%Y-%m-%d\") [\"2024-02-29\"; \"2023-02-29\"; \"2100-02-29\"; \"2000-02-29x\"; \"1969-12-31\"; \"24-01-01\"; \"2024-13-01\"]",
                   "[Some(1709164800000); None; None; Some(951782400000); None; None; None]");
    test_run_check(&run, "(Time.now () > 1600000000000, Time.nowSeconds () > 1600000000)", "(true, true)");
}

/* Every so many days from 1970 on for some thousand years there and back. */
RF_TEST(time_there_and_back) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let f = \"%Y-%m-%d %H:%M:%S\"\n"
                         "let rec go day bad = if day > 400000 then bad else\n"
                         "                       let ms = day * 86400000 + 3723000\n"
                         "                       go (day + 397) (if Time.parse f (Time.format f ms) = Some ms then bad else day :: bad)\n"
                         "go 0 []",
                   "[]");
}

RF_TEST(regex_matches) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "(Regex.isMatch \"^a.c$\" \"abc\", Regex.isMatch \"x\" \"abc\", Regex.isMatch \"\" \"\")", "(true, false, true)");
    test_run_check(&run, "(Regex.find \"[0-9]+\" \"a 12 b 3\", Regex.find \"z\" \"a\")", "(Some(12), None)");
    test_run_check(&run, "Regex.findAll \"[0-9]+\" \"1 22 3\"", "[1; 22; 3]");
    test_run_check(&run, "List.length (Regex.findAll \"x*\" \"axb\xC3\xA9\")", "5");
    test_run_check(&run, "Regex.groups \"(\\\\w+)=(\\\\w+)(z)?(y?)\" \"k=v\"", "Some([k=v; k; v; ; ])");
    test_run_check(&run, "Regex.split \", *\" \"a, b,c,\"", "[a; b; c; ]");
    test_run_check(&run, "Regex.findAll \"\\\\w+\" \"\xC3\xA9t\xC3\xA9 \xD0\xB6\"", "[\xC3\xA9t\xC3\xA9; \xD0\xB6]");
    test_run_check(&run, "Regex.isMatch (Regex.escape \"1+1 (a)[b]#\") \"x1+1 (a)[b]#\"", "true");
}

RF_TEST(regex_replaces) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Regex.replace \"(\\\\w)(\\\\w)\" \"$2$1\" \"abcd e\"", "badc e");
    test_run_check(&run, "Regex.replace \"(?<k>\\\\w+)=\" \"${k}: $0$$ $9 $x ${y} $\" \"a=1\"", "a: a=$ $9 $x ${y} $1");
    test_run_check(&run, "Regex.replace \"(a)\" \"$10\" \"a\"", "a0");
    test_run_check(&run, "Regex.replace \"\" \"-\" \"a\xC3\xA9\"", "-a-\xC3\xA9-");
}

/* Valgrind cannot know that machine code reads whole words at the end of a text and drops what is behind it. */
static bool under_valgrind(void) {
    const char *loaded = getenv("LD_PRELOAD");
    return loaded && strstr(loaded, "vgpreload");
}

RF_TEST(regex_used_often) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    if (under_valgrind())
        return;
    test_run_check(&run, "[for i in 1 .. 300 -> Regex.replace \"(\\\\d)(\\\\d)\" \"$2$1\" (string i)] |> List.filter (fun s -> s = \"123\" || s = \"214\")", "[214; 123]");
    test_run_check(&run, "List.length (Regex.findAll \"b|c\" (String.concat [for i in 1 .. 500 -> \"abc\"]))", "1000");
    test_run_check(&run, "let s = String.concat [for i in 1 .. 3000 -> \"abcdefghij\"]\nlet p = \"^(a|b|[c-j])*$\"\n"
                         "(List.length (List.filter (Regex.isMatch p) [for i in 1 .. 100 -> string i]), Regex.isMatch p s)", "(0, true)");
}

RF_TEST(regex_complains_and_ends) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Regex.isMatch \"(\" \"\"", "error: Invalid regular expression '(' at 1: missing closing parenthesis");
    if (rf_test_torture()) /* what follows takes its time */
        return;
    test_run_check(&run, "let s = String.concat [for i in 1 .. 40 -> \"a\"]\nRegex.isMatch \"^(a+)+$\" (s ++ \"!\")",
                   "error: Regular expression '^(a+)+$' at 0: match limit exceeded");
    test_run_check(&run, "let s = String.concat [for i in 1 .. 3000 -> \"abcdefghij\"]\nRegex.isMatch \"^(a|b|[c-j])*$\" s", "true");
    test_run_check(&run, "[for i in 1 .. 100 -> Regex.isMatch (sprintf \"^%d$\" [i % 40]) \"7\"] |> List.filter id |> List.length", "3");
}
