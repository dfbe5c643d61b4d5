/* mapping_language_test.c: mappings that read a message: this, root, variables, match, lambdas, maps. */
#include "message/mapping.h"

#include "harness.h"

#include "base/slice.h"

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
    rf_mapping *mapping;
    rf_mapping_state *state;
    rf_buffer out;
    rf_error error;
} fixture;

static void fixture_done(fixture *f) {
    rf_mapping_state_free(f->state);
    rf_mapping_free(f->mapping);
    rf_buffer_done(&f->out);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

#define WITH_BATCH                                                  \
    RF_CLEANUP(fixture_done) fixture f = { .keys = rf_keys_new() }; \
    f.batch = f.keys ? rf_batch_new(f.keys) : NULL;                 \
    rf_check(f.batch)

static bool compile(fixture *f, const char *text) {
    rf_mapping_state_free(f->state);
    rf_mapping_free(f->mapping);
    f->state = NULL;
    f->mapping = NULL;
    if (rf_mapping_compile(rf_slice_of(text), NULL, NULL, &f->mapping, &f->error)) {
        rf_buffer_printf(&f->out, "%u:%u: %s", f->error.place.line, f->error.place.column, f->error.message);
        return false;
    }
    f->state = rf_mapping_state_new(f->mapping);
    return f->state;
}

static void put_bytes(fixture *f, rf_message *message) {
    rf_slice bytes;
    if (rf_message_bytes(f->batch, message, &bytes, NULL))
        rf_buffer_text(&f->out, "(no bytes)");
    else
        rf_buffer_slice(&f->out, bytes);
}

/* The payload that becomes of `payload`, "(deleted)", or the error. */
static rf_slice change(fixture *f, const char *payload, const char *text, bool mutates) {
    rf_buffer_clear(&f->out);
    f->error = (rf_error){ 0 };
    if (!compile(f, text))
        return rf_buffer_view(&f->out);
    bool deleted = false;
    rf_message *message = rf_batch_add(f->batch);
    if (!message)
        return RF_SLICE("(no memory)");
    message->payload = rf_text(RF_RAW, rf_slice_of(payload));
    const rf_mapping_turn turn = { message, f->batch->count - 1 };
    if (rf_mapping_change(f->mapping, f->state, mutates, f->batch, &turn, &deleted, &f->error))
        rf_buffer_text(&f->out, f->error.message);
    else if (deleted)
        rf_buffer_text(&f->out, "(deleted)");
    else
        put_bytes(f, message);
    return rf_buffer_view(&f->out);
}

#define maps(payload, text, expected) rf_check_text(change(&f, (payload), (text), false), rf_slice_of(expected))
#define mutates(payload, text, expected) rf_check_text(change(&f, (payload), (text), true), rf_slice_of(expected))

RF_TEST(a_mapping_makes_a_new_document) {
    WITH_BATCH;
    maps("{\"a\":1}", "root.b = this.a\nroot.c = root.b", "{\"b\":1,\"c\":1}");
    maps("{\"a\":1}", "meta x = \"1\"", "{\"a\":1}");
    maps("plain", "meta x = \"1\"", "plain");
    maps("{\"a\":1}", "root = this", "{\"a\":1}");
    maps("{\"a\":1.50,\"b\":12345678901234567890}", "root = this", "{\"a\":1.50,\"b\":12345678901234567890}");
    maps("{\"a\":1}", "root = content()", "{\"a\":1}");
    maps("x", "root = content().uppercase()", "X");
    maps("{\"a\":1}", "root = deleted()", "(deleted)");
    maps("{\"a\":1}", "root = if this.a > 2 { deleted() }", "{\"a\":1}");
    maps("{\"a\":1}", "root.s = batch_size()\nroot.i = batch_index()", "{\"i\":0,\"s\":1}");
    maps("{\"a\":{\"b\":1}}", "root = this\nroot.a.b = 2\nroot.c = this.a.b", "{\"a\":{\"b\":2},\"c\":1}");
    maps("{\"a\":{\"b\":1}}", "root.x = this.a\nroot.y = root.x\nroot.y.b = 5", "{\"x\":{\"b\":1},\"y\":{\"b\":5}}");
    maps("{\"a\":[1,2]}", "root = this\nroot.a.1 = 7", "{\"a\":[1,7]}");
    maps("{\"a\":1,\"b\":2}", "root = this\nroot.a = deleted()", "{\"b\":2}");
}

RF_TEST(a_mutation_changes_the_document_there_is) {
    WITH_BATCH;
    mutates("{\"a\":1}", "root.b = root.a\nroot.a = 5\nroot.c = this.a", "{\"a\":5,\"b\":1,\"c\":5}");
    mutates("{\"a\":1,\"b\":2}", "root.a = deleted()", "{\"b\":2}");
    mutates("{\"a\":1}", "meta x = \"1\"", "{\"a\":1}");
    mutates("bad", "root = content().length()", "3");
    mutates("bad", "root.a = 1", "failed assignment (line 1): unable to reference message as structured (with 'this'): parse as json: "
                                 "invalid character 'b' looking for beginning of value");
}

RF_TEST(metadata_is_read_and_set) {
    WITH_BATCH;
    maps("{\"a\":1}", "meta a = \"x\"\nmeta b = 5\nroot = @\nroot.c = @a", "{\"a\":\"x\",\"b\":5,\"c\":\"x\"}");
    maps("{}", "meta = {\"k\":1}\nmeta z = 2\nmeta k = deleted()\nroot = metadata()", "{\"z\":2}");
    maps("{}", "meta a = 1\nmeta = deleted()\nroot = metadata()", "{}");
}

RF_TEST(failures_name_line_and_place) {
    WITH_BATCH;
    maps("bad", "root.b = this.a + 1", "failed assignment (line 1): unable to reference message as structured (with 'this.a'): "
                                       "parse as json: invalid character 'b' looking for beginning of value");
    maps("{\"a\":1}", "\nroot.b = this.nope.uppercase()", "failed assignment (line 2): expected string value, got null from field `this.nope`");
    maps("{\"a\":1}", "root = this.a.uppercase()", "failed assignment (line 1): expected string value, got number from field `this.a` (1)");
    maps("{\"a\":\"x\"}", "root = this.a > 1",
         "failed assignment (line 1): cannot compare types string (from field `this.a`) and number (from number literal)");
}

RF_TEST(variables_hold_values) {
    WITH_BATCH;
    maps("{\"a\":1}", "let x = this.a + 1\nlet y = $x * 2\nroot = [$x, $y]", "[2,4]");
    maps("{}", "root = $x", "1:8: the variable `x` is set nowhere");
    maps("{}", "if false { let x = 1 }\nroot = $x", "failed assignment (line 2): variable 'x' undefined");
    (void)change(&f, "{}", "let count = 1\nroot = $cuont", false);
    rf_check(strcmp(f.error.hint, "did you mean `count`?") == 0);
}

RF_TEST(match_takes_the_first_case_that_fits) {
    WITH_BATCH;
    const char *text = "root = match this.t {\n  \"a\" => 1\n  this.has_prefix(\"b\") => \"b:\" + this, # starts so\n  -1 => \"minus\"\n  _ => {\"other\":this}\n}";
    maps("{\"t\":\"a\"}", text, "1");
    maps("{\"t\":\"bx\"}", text, "b:bx");
    maps("{\"t\":\"c\"}", text, "{\"other\":\"c\"}");
    maps("{\"v\":5}", "root = match { this.v > 3 => \"big\", this.v > 1 => \"some\", _ => \"small\" }", "big");
    maps("{\"v\":0}", "root.x = match { this.v > 3 => \"big\" }\nroot.y = 1", "{\"y\":1}");
    maps("{\"v\":0}", "root = match this.v { 0 => 1 2 }", "1:30: expected the end of the case: a line break, `,` or `}`");
}

RF_TEST(statements_may_depend) {
    WITH_BATCH;
    const char *text = "root = this\nif this.v > 3 {\n  root.size = \"big\"\n  meta m = 1\n} else if this.v > 1 {\n  root.size = \"some\"\n}\nelse { root.size = \"small\" }";
    maps("{\"v\":5}", text, "{\"size\":\"big\",\"v\":5}");
    maps("{\"v\":2}", text, "{\"size\":\"some\",\"v\":2}");
    maps("{\"v\":0}", text, "{\"size\":\"small\",\"v\":0}");
    maps("{\"v\":0}", "if this.v { root = 1 }", "expected bool value, got number from field `this.v` (0)");
    maps("{\"v\":0}", "if this.v == 0 { root = 1", "1:26: expected `}`");
}

RF_TEST(this_can_be_bound_anew) {
    WITH_BATCH;
    maps("{\"a\":{\"b\":{\"c\":3}}}", "root = this.a.b.(this.c + 1)", "4");
    maps("{\"a\":{\"b\":{\"c\":3}},\"d\":10}", "root = this.a.b.(x -> x.c + this.d)", "13");
    maps("{\"a\":null,\"b\":2}", "root = this.a | this.x.y.uppercase() | this.b", "2");
    maps("{\"n\":3}", "map plus { root = this + 1 }\nroot = this.n.apply(\"plus\").apply(\"plus\")", "5");
    maps("{\"n\":3}", "root = this.n.apply(\"plsu\")", "1:15: there is no map `plsu` in this mapping");
    maps("1", "map again { root = this.apply(\"again\") }\nroot = this.apply(\"again\")",
         "failed assignment (line 2): maps apply one another deeper than 20 levels");
    maps("1", "map m { meta x = 1 }\nroot = 1", "1:9: metadata cannot be set within a map");
}

RF_TEST(a_run_is_bounded) {
    WITH_BATCH;
    rf_buffer text = { 0 };
    rf_buffer_text(&text, "let x = [1,1]\n");
    for (int i = 0; i < 40; i++) /* 2^40 parts, were it not for the bound */
        rf_buffer_text(&text, "let x = [$x,$x]\n");
    rf_buffer_text(&text, "root = $x");
    const char *made = rf_buffer_cstr(&text);
    bool bounded = made && rf_slice_find(change(&f, "{}", made, false), 't') < 100 && strstr(f.error.message, "the value has grown too large");
    rf_buffer_done(&text);
    rf_check(bounded);
}
