/* user_plugin_events.c: recorded sessions and messages, as events for a plugin's hooks. */
#include "user_plugin.h"

#include "plugin_common.h"
#include "recording.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/fusabi/files.h"

#include <assert.h>
#include <stdio.h>

enum { LINES = 100, INPUTS = 20, COLUMNS = 80, ROWS = 24 };

static rf_hook hook_of(rf_recorded_kind kind) {
    return kind == RF_RECORDED_OUTPUT ? RF_HOOK_OUTPUT : kind == RF_RECORDED_INPUT ? RF_HOOK_INPUT : RF_HOOK_RESIZE;
}

static rf_pv cells(uint32_t count) { return (rf_pv){ .kind = RF_PV_INT, .integer = count }; }

/* ---- From lists of events to those of each hook; texts are copied ---- */

static rf_code take(rf_user_plugin *user, const rf_recorded_event *from, rf_hook hook, rf_user_event *ret_event, rf_error *reterr) {
    *ret_event = (rf_user_event){ .hook = hook, .size = { cells(from->columns), cells(from->rows) } };
    if (hook == RF_HOOK_RESIZE)
        return RF_OK;
    ret_event->text = rf_slice_dup_in(&user->groups->arena, from->text);
    return ret_event->text.data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code take_all(rf_user_plugin *user, const rf_recorded_events *events, rf_error *reterr) {
    rf_user_event *items = rf_arena_alloc(&user->groups->arena, (events->count + 1) * sizeof *items);
    rf_code code = items ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < events->count && !code; i++)
        code = take(user, &events->items[i], hook_of(events->items[i].kind), &items[i], reterr);
    if (!code)
        user->events[RF_HOOK_COUNT] = (rf_user_events){ items, events->count };
    return code;
}

/* Those of one hook, out of all. */
static rf_code sort_out(rf_user_plugin *user, rf_hook hook, rf_error *reterr) {
    const rf_user_events *all = &user->events[RF_HOOK_COUNT];
    rf_user_event *items = rf_arena_alloc(&user->groups->arena, (all->count + 1) * sizeof *items);
    size_t count = 0;
    if (!items)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].hook == hook)
            items[count++] = all->items[i];
    user->events[hook] = (rf_user_events){ items, count };
    return RF_OK;
}

static rf_code make_lines(rf_user_plugin *user, rf_error *reterr) {
    const rf_user_events *output = &user->events[RF_HOOK_OUTPUT];
    rf_slice *lines = rf_arena_alloc(&user->groups->arena, (output->count + 1) * sizeof *lines);
    if (!lines)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < output->count; i++)
        lines[i] = output->items[i].text;
    user->lines = lines;
    return RF_OK;
}

static rf_code sort_out_all(rf_user_plugin *user, rf_error *reterr) {
    static const rf_hook hooks[] = { RF_HOOK_OUTPUT, RF_HOOK_INPUT, RF_HOOK_RESIZE };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks && !code; i++)
        code = sort_out(user, hooks[i], reterr);
    return code ? code : make_lines(user, reterr);
}

/* ---- The one that is built in ---- */

static bool push_texts(rf_recorded_events *events, rf_recorded_kind kind, const rf_plugin_texts *texts) {
    bool good = true;
    for (uint32_t i = 0; i < texts->count && good; i++)
        good = rf_vec_push(events, (rf_recorded_event){ .kind = kind, .text = texts->items[i] });
    return good;
}

rf_code rf_user_events_standard(rf_user_plugin *user, rf_error *reterr) {
    rf_plugin_texts lines = { 0 }, inputs = { 0 };
    rf_recorded_events events = { 0 };
    user->columns = COLUMNS;
    user->rows = ROWS;
    rf_code code = rf_plugin_texts_make(&lines, RF_HOOK_OUTPUT, LINES, reterr);
    if (!code)
        code = rf_plugin_texts_make(&inputs, RF_HOOK_INPUT, INPUTS, reterr);
    if (!code && !(push_texts(&events, RF_RECORDED_OUTPUT, &lines) && push_texts(&events, RF_RECORDED_INPUT, &inputs)
                   && rf_vec_push(&events, (rf_recorded_event){ .kind = RF_RECORDED_RESIZE, .columns = 100, .rows = 50 })
                   && rf_vec_push(&events, (rf_recorded_event){ .kind = RF_RECORDED_RESIZE, .columns = 120, .rows = 60 })))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = take_all(user, &events, reterr);
    rf_vec_done(&events);
    rf_plugin_texts_done(&lines);
    rf_plugin_texts_done(&inputs);
    return code ? code : sort_out_all(user, reterr);
}

/* ---- Those of a file ---- */

/* Output as it came, in parts that need not be lines. */
static rf_code take_raw(rf_user_plugin *user, const rf_recorded_events *events, rf_error *reterr) {
    rf_user_event *items = rf_arena_alloc(&user->groups->arena, (events->count + 1) * sizeof *items);
    rf_code code = items ? RF_OK : rf_raise_nomem(reterr);
    size_t count = 0;
    for (size_t i = 0; i < events->count && !code; i++)
        if (events->items[i].kind == RF_RECORDED_OUTPUT)
            code = take(user, &events->items[i], RF_HOOK_RAW_OUTPUT, &items[count++], reterr);
    if (!code)
        user->events[RF_HOOK_RAW_OUTPUT] = (rf_user_events){ items, count };
    return code;
}

static rf_code take_recording(rf_user_plugin *user, rf_recording *recording, rf_error *reterr) {
    rf_recorded_events lines = { 0 };
    user->is_text = recording->version == 0;
    user->columns = recording->columns ? recording->columns : COLUMNS;
    user->rows = recording->rows ? recording->rows : ROWS;
    rf_code code = rf_recording_lines(recording, &lines, reterr);
    if (!code)
        code = take_all(user, &lines, reterr);
    rf_vec_done(&lines);
    if (!code && !user->is_text) /* a text says nothing of the parts that it came in */
        code = take_raw(user, &recording->events, reterr);
    return code ? code : sort_out_all(user, reterr);
}

rf_code rf_user_events_read(rf_user_plugin *user, rf_slice *ret_text, rf_error *reterr) {
    rf_recording recording = { 0 };
    rf_source source = { .name = user->input };
    rf_code code = rf_fus_file_read(&user->groups->arena, user->input, &source.text, reterr);
    if (code)
        return code;
    code = rf_recording_read(&source, &recording, reterr);
    if (!code)
        code = take_recording(user, &recording, reterr);
    rf_recording_done(&recording);
    *ret_text = source.text;
    return code;
}

/* ---- Messages ---- */

/* As `codec: message` writes them: nothing but these members. */
static bool is_message(const rf_value *value) {
    if (value->kind != RF_MAP || !rf_value_member(value, RF_SLICE("payload")))
        return false;
    for (uint32_t i = 0; i < value->size; i++) {
        rf_slice key = value->members[i].key;
        if (!rf_slice_is(key, "payload") && !rf_slice_is(key, "meta") && !rf_slice_is(key, "error"))
            return false;
    }
    return true;
}

/* { payload, meta }: what the plugin processor gives to on_message. */
static rf_code make_message(rf_arena *arena, rf_value parsed, rf_value *ret_message, rf_error *reterr) {
    rf_member *members = rf_arena_alloc(arena, 2 * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    const bool is_whole = is_message(&parsed);
    const rf_value *meta = is_whole ? rf_value_member(&parsed, RF_SLICE("meta")) : NULL;
    members[0] = (rf_member){ RF_SLICE("payload"), is_whole ? *rf_value_member(&parsed, RF_SLICE("payload")) : parsed };
    members[1] = (rf_member){ RF_SLICE("meta"), meta && meta->kind == RF_MAP ? *meta : (rf_value){ .kind = RF_MAP } };
    *ret_message = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
    return RF_OK;
}

static rf_code place(const rf_user_plugin *user, rf_slice text, const char *line, rf_code code, rf_error *reterr) {
    const rf_source source = { .name = user->input, .text = text };
    unsigned long long byte = 0;
    uint32_t at = 0, column = 0;
    if (code == RF_ENOMEM || !reterr)
        return code;
    if (sscanf(reterr->message, "not JSON at byte %19llu", &byte) != 1)
        byte = 0;
    rf_source_locate(&source, (size_t)(line - text.data) + (size_t)byte, &at, &column);
    rf_error_hint(reterr, "for on_message each line is a message: {\"payload\": 1, \"meta\": {}}, or other JSON, which is a payload");
    rf_error_place(reterr, user->input, at, column);
    return code;
}

static size_t count_lines(rf_slice text) {
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

rf_code rf_user_events_messages(rf_user_plugin *user, rf_slice text, rf_error *reterr) {
    assert(user && text.data);
    rf_arena *arena = &user->groups->arena;
    rf_value parsed, *messages = rf_arena_alloc(arena, count_lines(text) * sizeof *messages);
    rf_code code = messages ? RF_OK : rf_raise_nomem(reterr);
    size_t count = 0;
    for (rf_slice rest = text; rest.len && !code;) {
        size_t end = rf_slice_find(rest, '\n');
        rf_slice line = rf_slice_trim((rf_slice){ rest.data, end });
        size_t taken = end < rest.len ? end + 1 : end;
        rest = (rf_slice){ rest.data + taken, rest.len - taken };
        if (!line.len)
            continue;
        code = rf_json_parse(arena, line, RF_JSON_DOUBLES, &parsed, reterr);
        code = code ? place(user, text, line.data, code, reterr) : make_message(arena, parsed, &messages[count++], reterr);
    }
    if (code)
        return code;
    user->messages = messages;
    user->message_count = count;
    return RF_OK;
}
