/* case_read.c: NAME.test.toml, read: cases, steps, expectations. */
#include "plugin/case.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "plugin/toml.h"

#include <assert.h>

#define KEYS_MAX 32
#define DEPTH_MAX 64 /* of a value that becomes a message */

typedef struct case_reader {
    rf_arena *arena;
    const rf_source *source;
    rf_error *reterr;
} case_reader;

/* One key of a table: how it is taken. `to` is the rf_case or the rf_case_step. */
typedef struct case_key {
    const char *name;
    rf_code (*take)(case_reader *reader, const rf_toml *given, void *to);
} case_key;

/* ---- Complaints ---- */

static rf_code wrong_at(case_reader *reader, size_t offset) {
    uint32_t line, column;
    rf_source_locate(reader->source, offset, &line, &column);
    rf_error_place(reader->reterr, reader->source->name, line, column);
    return RF_ECONFIG;
}

static rf_code wrong_kind(case_reader *reader, const rf_toml *given, const char *wanted) {
    (void)rf_raise(reader->reterr, RF_ECONFIG, "`%.*s` must be %s, not %s", RF_SLICE_ARG(given->key), wanted,
                   rf_toml_kind_name(given->kind));
    return wrong_at(reader, given->offset);
}

static rf_code unknown_key(case_reader *reader, const rf_toml *given, const case_key *keys, const char *table) {
    const char *names[KEYS_MAX + 1];
    size_t count = 0;
    for (; keys[count].name && count < KEYS_MAX; count++)
        names[count] = keys[count].name;
    names[count] = NULL;
    const char *near = rf_nearest(given->key, names);
    (void)rf_raise(reader->reterr, RF_ECONFIG, "%s has no key `%.*s`", table, RF_SLICE_ARG(given->key));
    if (near)
        rf_error_hint(reader->reterr, "did you mean `%s`?", near);
    return wrong_at(reader, given->key_offset);
}

static rf_code take_keys(case_reader *reader, const rf_toml *table, const case_key *keys, const char *what, void *to) {
    for (const rf_toml *given = table->first; given; given = given->next) {
        const case_key *key = keys;
        while (key->name && !rf_slice_is(given->key, key->name))
            key++;
        rf_code code = key->name ? key->take(reader, given, to) : unknown_key(reader, given, keys, what);
        if (code)
            return code;
    }
    return RF_OK;
}

/* ---- Values ---- */

/* A text that is there even when it is empty. */
static rf_slice there(rf_slice text) { return text.data ? text : RF_SLICE(""); }

static rf_code take_text(case_reader *reader, const rf_toml *given, rf_slice *ret) {
    if (given->kind != RF_TOML_STRING)
        return wrong_kind(reader, given, "a string");
    *ret = there(given->text);
    return RF_OK;
}

static rf_code take_integer(case_reader *reader, const rf_toml *given, int64_t *ret) {
    if (given->kind != RF_TOML_INT)
        return wrong_kind(reader, given, "an integer");
    *ret = given->integer;
    return RF_OK;
}

static uint32_t count_of(const rf_toml *parent) {
    uint32_t count = 0;
    for (const rf_toml *item = parent->first; item; item = item->next)
        count++;
    return count;
}

static rf_code value_of(case_reader *reader, const rf_toml *given, unsigned depth, rf_value *ret);

/* An array or a table; recursion is bounded by DEPTH_MAX. */
static rf_code parts_of(case_reader *reader, const rf_toml *given, unsigned depth, rf_value *ret) {
    bool is_map = given->kind == RF_TOML_TABLE;
    uint32_t count = count_of(given), i = 0;
    if (depth >= DEPTH_MAX) {
        (void)rf_raise(reader->reterr, RF_ECONFIG, "the value is nested deeper than %d", DEPTH_MAX);
        return wrong_at(reader, given->offset);
    }
    void *parts = rf_arena_zero(reader->arena, count + 1, is_map ? sizeof(rf_member) : sizeof(rf_value));
    if (!parts)
        return rf_raise_nomem(reader->reterr);
    *ret = is_map ? (rf_value){ .kind = RF_MAP, .size = count, .members = parts } : (rf_value){ .kind = RF_LIST, .size = count, .items = parts };
    rf_code code = RF_OK;
    for (const rf_toml *part = given->first; part && !code; part = part->next, i++) {
        if (is_map)
            ret->members[i].key = there(part->key);
        code = value_of(reader, part, depth + 1, is_map ? &ret->members[i].value : &ret->items[i]);
    }
    return code;
}

static rf_code value_of(case_reader *reader, const rf_toml *given, unsigned depth, rf_value *ret) {
    switch (given->kind) {
    case RF_TOML_STRING:
    case RF_TOML_TIME: *ret = rf_string(there(given->text)); return RF_OK;
    case RF_TOML_INT: *ret = rf_int(given->integer); return RF_OK;
    case RF_TOML_FLOAT: *ret = rf_double(given->number); return RF_OK;
    case RF_TOML_BOOL: *ret = rf_bool(given->boolean); return RF_OK;
    case RF_TOML_ARRAY:
    case RF_TOML_TABLE: break;
    }
    return parts_of(reader, given, depth, ret);
}

static rf_code take_map(case_reader *reader, const rf_toml *given, rf_value *ret) {
    return given->kind == RF_TOML_TABLE ? value_of(reader, given, 0, ret) : wrong_kind(reader, given, "a table");
}

/* A table whose values are all strings. */
static rf_code take_texts_by_name(case_reader *reader, const rf_toml *given, rf_value *ret) {
    for (const rf_toml *part = given->kind == RF_TOML_TABLE ? given->first : NULL; part; part = part->next)
        if (part->kind != RF_TOML_STRING)
            return wrong_kind(reader, part, "a string");
    return take_map(reader, given, ret);
}

/* ---- Events ---- */

typedef enum event_shape { EVENT_TEXT, EVENT_NAME, EVENT_CLIENT, EVENT_SIZE, EVENT_COMMAND, EVENT_MESSAGE } event_shape;
typedef struct event_kind { const char *name; rf_hook hook; event_shape shape; } event_kind;

static const event_kind events[] = {
    { "output", RF_HOOK_OUTPUT, EVENT_TEXT },
    { "raw_output", RF_HOOK_RAW_OUTPUT, EVENT_TEXT },
    { "input", RF_HOOK_INPUT, EVENT_TEXT },
    { "paste", RF_HOOK_PASTE, EVENT_TEXT },
    { "pre_command", RF_HOOK_PRE_COMMAND, EVENT_TEXT },
    { "key", RF_HOOK_KEY, EVENT_TEXT },
    { "tick", RF_HOOK_TICK, EVENT_NAME },
    { "remote_command", RF_HOOK_REMOTE_COMMAND, EVENT_NAME },
    { "attach", RF_HOOK_ATTACH, EVENT_CLIENT },
    { "detach", RF_HOOK_DETACH, EVENT_CLIENT },
    { "resize", RF_HOOK_RESIZE, EVENT_SIZE },
    { "post_command", RF_HOOK_POST_COMMAND, EVENT_COMMAND },
    { "message", RF_HOOK_MESSAGE, EVENT_MESSAGE },
    { 0 },
};

static rf_code take_size(case_reader *reader, const rf_toml *given, rf_case_step *step) {
    if (given->kind != RF_TOML_ARRAY || count_of(given) != 2 || given->first->kind != RF_TOML_INT ||
        given->first->next->kind != RF_TOML_INT)
        return wrong_kind(reader, given, "two integers: columns and rows");
    step->args[0] = (rf_pv){ .kind = RF_PV_INT, .integer = given->first->integer };
    step->args[1] = (rf_pv){ .kind = RF_PV_INT, .integer = given->first->next->integer };
    step->arg_count = 2;
    return RF_OK;
}

static rf_code take_command_text(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->args[0].text);
}
static rf_code take_command_directory(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->args[1].text);
}
static rf_code take_command_status(case_reader *reader, const rf_toml *given, void *to) {
    return take_integer(reader, given, &((rf_case_step *)to)->args[2].integer);
}
static rf_code take_command_time(case_reader *reader, const rf_toml *given, void *to) {
    return take_integer(reader, given, &((rf_case_step *)to)->args[3].integer);
}

static const case_key command_keys[] = {
    { "text", take_command_text },
    { "directory", take_command_directory },
    { "exit_code", take_command_status },
    { "milliseconds", take_command_time },
    { 0 },
};

static rf_code take_command(case_reader *reader, const rf_toml *given, rf_case_step *step) {
    step->args[0] = step->args[1] = (rf_pv){ .kind = RF_PV_TEXT, .text = RF_SLICE("") };
    step->args[2] = step->args[3] = (rf_pv){ .kind = RF_PV_INT };
    step->arg_count = 4;
    return given->kind == RF_TOML_TABLE ? take_keys(reader, given, command_keys, "post_command", step)
                                        : wrong_kind(reader, given, "a table");
}

static rf_code no_key(case_reader *reader, const rf_toml *given, void *to) {
    (void)reader, (void)given, (void)to;
    return RF_OK;
}
static const case_key message_keys[] = { { "payload", no_key }, { "meta", no_key }, { 0 } };

/* A table of payload and meta; what is missing of a message that is sent is put in, so that plugins find both. */
static rf_code check_message(case_reader *reader, const rf_toml *given) {
    if (given->kind != RF_TOML_TABLE)
        return wrong_kind(reader, given, "a table with payload and meta");
    const rf_toml *meta = rf_toml_member(given, "meta");
    if (meta && meta->kind != RF_TOML_TABLE)
        return wrong_kind(reader, meta, "a table");
    return take_keys(reader, given, message_keys, "a message", NULL);
}

/* Numbers of a payload are what they are in a stream, where they come out of JSON. Depth: DEPTH_MAX. */
static void numbers_as_in_json(rf_value *value) {
    if (value->kind == RF_INT)
        *value = rf_double((double)value->integer);
    for (uint32_t i = 0; i < value->size && (value->kind == RF_LIST || value->kind == RF_MAP); i++)
        numbers_as_in_json(value->kind == RF_LIST ? &value->items[i] : &value->members[i].value);
}

static rf_code take_message(case_reader *reader, const rf_toml *given, rf_case_step *step) {
    rf_code code = check_message(reader, given);
    rf_member *members = code ? NULL : rf_arena_zero(reader->arena, 2, sizeof *members);
    if (!code && !members)
        code = rf_raise_nomem(reader->reterr);
    if (code)
        return code;
    members[0] = (rf_member){ RF_SLICE("payload"), rf_null() };
    members[1] = (rf_member){ RF_SLICE("meta"), { .kind = RF_MAP } };
    step->message = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    for (size_t i = 0; i < 2 && !code; i++) {
        const rf_toml *part = rf_toml_member(given, members[i].key.data);
        code = part ? value_of(reader, part, 0, &members[i].value) : RF_OK;
    }
    if (!code)
        numbers_as_in_json(&members[0].value);
    return code;
}

static rf_code take_shape(case_reader *reader, const rf_toml *given, event_shape shape, rf_case_step *step) {
    rf_code code;
    switch (shape) {
    case EVENT_TEXT:
    case EVENT_NAME:
        code = take_text(reader, given, &step->text);
        step->args[0] = (rf_pv){ .kind = RF_PV_TEXT, .text = step->text };
        step->arg_count = 1;
        return code;
    case EVENT_CLIENT:
        step->args[0] = (rf_pv){ .kind = RF_PV_INT };
        step->arg_count = 1;
        return take_integer(reader, given, &step->args[0].integer);
    case EVENT_SIZE: return take_size(reader, given, step);
    case EVENT_COMMAND: return take_command(reader, given, step);
    case EVENT_MESSAGE: break;
    }
    return take_message(reader, given, step);
}

static rf_code take_event(case_reader *reader, const rf_toml *given, void *to) {
    rf_case_step *step = to;
    const event_kind *event = events;
    while (event->name && !rf_slice_is(given->key, event->name))
        event++;
    assert(event->name); /* the table of keys names the same */
    if (step->what) {
        (void)rf_raise(reader->reterr, RF_ECONFIG, "a step has one event, and this one has both `%s` and `%s`", step->what, event->name);
        rf_error_hint(reader->reterr, "write a [[case.step]] for each");
        return wrong_at(reader, given->key_offset);
    }
    step->what = event->name;
    step->hook = event->hook;
    return take_shape(reader, given, event->shape, step);
}

/* ---- Expectations ---- */

static const char *const verdicts[] = { "continue", "modify", "stop", "drop", NULL }; /* in the order of rf_verdict */

static rf_code take_verdict(case_reader *reader, const rf_toml *given, void *to) {
    rf_case_step *step = to;
    rf_slice text;
    rf_code code = take_text(reader, given, &text);
    if (code)
        return code;
    for (size_t i = 0; verdicts[i]; i++)
        if (rf_slice_is(text, verdicts[i])) {
            step->has_verdict = true;
            step->verdict = (rf_verdict)i;
            return RF_OK;
        }
    const char *near = rf_nearest(text, verdicts);
    (void)rf_raise(reader->reterr, RF_ECONFIG, "unknown verdict \"%.*s\"", RF_SLICE_ARG(text));
    rf_error_hint(reader->reterr, near ? "did you mean \"%s\"?" : "one of continue, modify, stop, drop", near);
    return wrong_at(reader, given->offset);
}

static rf_code take_want_text(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->want_text);
}
static rf_code take_notified(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->notified);
}
static rf_code take_sent(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->sent);
}
static rf_code take_log(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->log);
}
static rf_code take_error(case_reader *reader, const rf_toml *given, void *to) {
    return take_text(reader, given, &((rf_case_step *)to)->error);
}
static rf_code take_status(case_reader *reader, const rf_toml *given, void *to) {
    return take_texts_by_name(reader, given, &((rf_case_step *)to)->status);
}

static rf_code take_messages(case_reader *reader, const rf_toml *given, void *to) {
    if (given->kind != RF_TOML_ARRAY)
        return wrong_kind(reader, given, "an array of messages");
    rf_code code = RF_OK;
    for (const rf_toml *item = given->first; item && !code; item = item->next)
        code = check_message(reader, item);
    return code ? code : value_of(reader, given, 0, &((rf_case_step *)to)->messages);
}

static const case_key step_keys[] = {
    { "output", take_event },   { "raw_output", take_event },     { "input", take_event },        { "paste", take_event },
    { "key", take_event },      { "pre_command", take_event },    { "post_command", take_event }, { "resize", take_event },
    { "attach", take_event },   { "detach", take_event },         { "tick", take_event },         { "remote_command", take_event },
    { "message", take_event },  { "verdict", take_verdict },      { "text", take_want_text },     { "messages", take_messages },
    { "status", take_status },  { "notified", take_notified },    { "sent", take_sent },          { "log", take_log },
    { "error", take_error },    { 0 },
};

static rf_code odd_step(case_reader *reader, const rf_toml *table, const char *key, const rf_case_step *step) {
    const rf_toml *given = rf_toml_member(table, key);
    (void)rf_raise(reader->reterr, RF_ECONFIG, "`%s` cannot be expected of `%s`", key, step->what);
    return wrong_at(reader, given ? given->key_offset : table->offset);
}

static rf_code take_step(case_reader *reader, const rf_toml *table, rf_case_step *step) {
    if (table->kind != RF_TOML_TABLE)
        return wrong_kind(reader, table, "a table");
    *step = (rf_case_step){ .offset = table->first ? table->first->key_offset : table->offset };
    rf_code code = take_keys(reader, table, step_keys, "a step", step);
    if (code)
        return code;
    if (!step->what) {
        (void)rf_raise(reader->reterr, RF_ECONFIG, "the step has no event");
        rf_error_hint(reader->reterr, "say what happens, for example output = \"a line\"");
        return wrong_at(reader, step->offset);
    }
    rf_hook_answer answer = rf_hooks[step->hook].answer;
    bool is_text = answer == RF_ANSWER_TEXT || answer == RF_ANSWER_VERDICT;
    if (step->has_verdict && !is_text && answer != RF_ANSWER_MESSAGE)
        return odd_step(reader, table, "verdict", step);
    if (step->want_text.data && !is_text)
        return odd_step(reader, table, "text", step);
    return step->messages.kind == RF_LIST && answer != RF_ANSWER_MESSAGE ? odd_step(reader, table, "messages", step) : RF_OK;
}

/* ---- Cases ---- */

static rf_code take_name(case_reader *reader, const rf_toml *given, void *to) { return take_text(reader, given, &((rf_case *)to)->name); }
static rf_code take_config(case_reader *reader, const rf_toml *given, void *to) {
    return take_map(reader, given, &((rf_case *)to)->config);
}
static rf_code take_env(case_reader *reader, const rf_toml *given, void *to) {
    return take_texts_by_name(reader, given, &((rf_case *)to)->environment);
}
static rf_code take_session(case_reader *reader, const rf_toml *given, void *to) {
    return take_texts_by_name(reader, given, &((rf_case *)to)->facts);
}

static rf_code take_screen(case_reader *reader, const rf_toml *given, void *to) {
    bool fine = given->kind == RF_TOML_ARRAY;
    for (const rf_toml *line = fine ? given->first : NULL; line; line = line->next)
        fine &= line->kind == RF_TOML_STRING;
    return fine ? value_of(reader, given, 0, &((rf_case *)to)->screen) : wrong_kind(reader, given, "an array of strings");
}

static rf_code unknown_right(case_reader *reader, const rf_toml *given) {
    const char *names[KEYS_MAX + 1];
    size_t count = 0;
    for (const rf_plugin_capability *row; count < KEYS_MAX && (row = rf_plugin_capability_at(count)) != NULL; count++)
        names[count] = row->name;
    names[count] = NULL;
    const char *near = rf_nearest(given->text, names);
    (void)rf_raise(reader->reterr, RF_ECONFIG, "unknown capability \"%.*s\"", RF_SLICE_ARG(given->text));
    if (near)
        rf_error_hint(reader->reterr, "did you mean \"%s\"?", near);
    return wrong_at(reader, given->offset);
}

static rf_code take_grant(case_reader *reader, const rf_toml *given, void *to) {
    rf_case *test = to;
    if (given->kind != RF_TOML_ARRAY)
        return wrong_kind(reader, given, "an array of capabilities");
    for (const rf_toml *item = given->first; item; item = item->next) {
        uint32_t bit = item->kind == RF_TOML_STRING ? rf_plugin_capability_find(item->text) : 0;
        if (item->kind != RF_TOML_STRING)
            return wrong_kind(reader, item, "a string");
        if (!bit)
            return unknown_right(reader, item);
        test->grant |= bit;
    }
    return RF_OK;
}

static rf_code take_steps(case_reader *reader, const rf_toml *given, void *to) {
    rf_case *test = to;
    if (given->kind != RF_TOML_ARRAY)
        return wrong_kind(reader, given, "an array of tables: [[case.step]]");
    test->steps = rf_arena_zero(reader->arena, count_of(given) + 1u, sizeof *test->steps);
    rf_code code = test->steps ? RF_OK : rf_raise_nomem(reader->reterr);
    for (const rf_toml *item = given->first; item && !code; item = item->next)
        code = take_step(reader, item, &test->steps[test->step_count++]);
    return code;
}

static const case_key test_keys[] = {
    { "name", take_name }, { "config", take_config }, { "grant", take_grant }, { "screen", take_screen },
    { "env", take_env }, { "session", take_session }, { "step", take_steps }, { 0 },
};

static rf_code take_case(case_reader *reader, const rf_toml *table, rf_case *test) {
    if (table->kind != RF_TOML_TABLE)
        return wrong_kind(reader, table, "a table");
    *test = (rf_case){ .offset = table->first ? table->first->key_offset : table->offset };
    rf_code code = take_keys(reader, table, test_keys, "a case", test);
    if (!code && (!test->name.len || !test->step_count)) {
        (void)rf_raise(reader->reterr, RF_ECONFIG, "the case has no %s", test->name.len ? "step" : "name");
        rf_error_hint(reader->reterr, test->name.len ? "add a [[case.step]] with an event" : "add name = \"what it shows\"");
        code = wrong_at(reader, test->offset);
    }
    return code;
}

static rf_code take_cases(case_reader *reader, const rf_toml *given, void *to) {
    rf_case_file *file = to;
    if (given->kind != RF_TOML_ARRAY)
        return wrong_kind(reader, given, "an array of tables: [[case]]");
    file->cases = rf_arena_zero(reader->arena, count_of(given) + 1u, sizeof *file->cases);
    rf_code code = file->cases ? RF_OK : rf_raise_nomem(reader->reterr);
    for (const rf_toml *item = given->first; item && !code; item = item->next)
        code = take_case(reader, item, &file->cases[file->count++]);
    return code;
}

static const case_key file_keys[] = { { "case", take_cases }, { 0 } };

rf_code rf_case_read(rf_arena *arena, const rf_source *source, rf_case_file *ret_file, rf_error *reterr) {
    assert(arena && source && ret_file);
    rf_toml *root = NULL;
    rf_error unheard;
    case_reader reader = { arena, source, reterr ? reterr : &unheard };
    *ret_file = (rf_case_file){ .source = *source };
    rf_code code = rf_toml_read(arena, source, &root, reader.reterr);
    if (!code)
        code = take_keys(&reader, root, file_keys, "a file of cases", ret_file);
    if (!code && ret_file->count == 0) {
        (void)rf_raise(reader.reterr, RF_ECONFIG, "there is no case");
        rf_error_hint(reader.reterr, "a case begins with [[case]]");
        code = wrong_at(&reader, 0);
    }
    return code;
}
