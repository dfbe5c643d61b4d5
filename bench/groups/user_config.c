/* user_config.c: benchmarks of a user's stream config: which there are, and how many messages come to each. */
#include "user_config.h"

#include "base/slice.h"
#include "script/fusabi/files.h"

#include <assert.h>

#define STREAM_MESSAGES 20000u /* that a run of the stream is to have at least, so that its start matters little */

typedef struct builder {
    rf_user_config *user;
    rf_user_room room;
    rf_user_messages messages; /* what comes to the next processor */
    uint64_t recorded;
} builder;

static rf_arena *arena_of(const builder *b) { return &b->user->groups->arena; }

static rf_code add(builder *b, rf_bench bench, rf_user_row row, rf_slice doc, rf_error *reterr) {
    rf_user_row *copy = rf_arena_alloc(arena_of(b), sizeof *copy);
    if (!copy || !doc.data)
        return rf_raise_nomem(reterr);
    row.user = b->user;
    row.messages = b->recorded;
    row.what = bench.name;
    *copy = row;
    bench.arg = copy;
    bench.doc = doc.data;
    return rf_groups_add(b->user->groups, &bench, reterr);
}

/* ---- Names ---- */

static bool is_taken(const builder *b, const char *name) {
    static const char *const ours[] = { "copy", "processors", "stream" };
    const rf_benches *list = &b->user->groups->list;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

/* The processor's label, else its kind; with a number when that is taken: "tag_processor#2". NULL: out of memory. */
static const char *name_of(const builder *b, const rf_component *processor) {
    const rf_processor_kind *kind = processor->kind;
    const char *first = processor->label && *processor->label ? processor->label : kind->name, *name = first;
    for (size_t number = 2; name && is_taken(b, name); number++)
        name = rf_printf_in(arena_of(b), "%s#%zu", first, number).data;
    return name ? rf_strdup_in(arena_of(b), name) : NULL;
}

/* ---- Rows ---- */

/* `count` messages come to it; where none does there is nothing to measure. */
static rf_code add_stage(builder *b, const char *processor_name, size_t processor, size_t stage, rf_error *reterr) {
    rf_user_script script;
    const char *name = rf_user_stage_name(b->user->groups, &b->room.config->processors[processor], stage);
    rf_code code = rf_user_script_open(&script, b->user, processor, stage, reterr);
    size_t count = script.items.count;
    rf_user_script_done(&script);
    if (code || count == 0)
        return code;
    rf_bench bench = rf_user_stage_row;
    bench.amount = (double)count;
    bench.name = name ? rf_printf_in(arena_of(b), "%s.%s", processor_name, name).data : NULL;
    if (!bench.name)
        return rf_raise_nomem(reterr);
    return add(b, bench, (rf_user_row){ .processor = processor, .stage = stage },
               rf_printf_in(arena_of(b),
                            "the script alone, on the %zu messages that come to it%s; payloads are parsed and metadata is there", count,
                            b->recorded > RF_USER_STAGE_MESSAGES ? " of the first 1024 recorded ones" : ""),
               reterr);
}

static rf_code add_processor(builder *b, size_t processor, rf_error *reterr) {
    const rf_component *component = &b->room.config->processors[processor];
    rf_user_passed passed = { 0 };
    const char *name = name_of(b, component);
    if (!name)
        return rf_raise_nomem(reterr);
    rf_code code = rf_user_room_attach(&b->room, processor, reterr);
    if (!code)
        code = rf_user_room_pass(&b->room, processor, &b->messages, &passed, reterr);
    if (code || passed.in == 0)
        return code;
    rf_bench bench = rf_user_processor_row;
    bench.name = name;
    bench.amount = (double)passed.in;
    code = add(b, bench, (rf_user_row){ .processor = processor },
               rf_printf_in(arena_of(b), "copies of the %llu messages that come to it, processed in batches: %llu come out, %llu fail",
                            (unsigned long long)passed.in, (unsigned long long)passed.out, (unsigned long long)passed.errored),
               reterr);
    for (size_t stage = 0; stage < rf_user_stage_count(component) && !code; stage++)
        code = add_stage(b, name, processor, stage, reterr);
    return code;
}

static rf_code add_stream(builder *b, rf_error *reterr) {
    uint32_t rounds = b->recorded < STREAM_MESSAGES ? (uint32_t)((STREAM_MESSAGES + b->recorded - 1) / b->recorded) : 1;
    rf_bench bench = rf_user_stream_row;
    bench.amount = (double)(b->recorded * rounds);
    return add(
        b, bench, (rf_user_row){ .rounds = rounds },
        rf_printf_in(
            arena_of(b),
            "a whole run with its threads, from reading the config to the end of %u times %llu recorded messages; output goes nowhere",
            rounds, (unsigned long long)b->recorded),
        reterr);
}

static rf_code add_all(builder *b, rf_error *reterr) {
    size_t processors = b->room.config->processor_count;
    rf_bench copy = rf_user_copy_row, all = rf_user_all_row;
    copy.amount = all.amount = (double)b->recorded;
    rf_code code = add(b, copy, (rf_user_row){ 0 },
                       rf_slice_dup_in(arena_of(b), RF_SLICE("the recorded messages copied, as the benchmarks of processors do first")),
                       reterr);
    for (size_t i = 0; i < processors && !code; i++)
        code = add_processor(b, i, reterr);
    if (!code && processors > 0)
        code = add(b, all, (rf_user_row){ 0 },
                   rf_printf_in(arena_of(b), "copies of the %llu recorded messages through all processors, on one thread",
                                (unsigned long long)b->recorded),
                   reterr);
    return code ? code : add_stream(b, reterr);
}

static rf_code build(builder *b, rf_error *reterr) {
    rf_code code = rf_user_room_open(&b->room, b->user, reterr);
    if (!code)
        code = rf_user_room_read(&b->room, b->user, UINT64_MAX, &b->messages, reterr);
    b->recorded = b->messages.count;
    return code ? code : add_all(b, reterr);
}

static rf_code read_files(rf_user_config *user, rf_error *reterr) {
    rf_code code = rf_fus_file_read(&user->groups->arena, user->path, &user->text, reterr);
    return code ? code : rf_fus_file_read(&user->groups->arena, user->input, &user->lines, reterr);
}

static rf_code no_input(const char *config, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ECONFIG, "no recorded messages are given for %s", config);
    rf_error_hint(reterr, "--input FILE names them, one a line; a config with `output: {file: {path: recorded.jsonl, codec: message}}` and "
                          "no processors records some");
    return code;
}

rf_code rf_bench_config(rf_groups *groups, const char *config, const char *input, rf_error *reterr) {
    assert(groups && config);
    if (!input)
        return no_input(config, reterr);
    rf_user_config *user = rf_arena_zero(&groups->arena, 1, sizeof *user);
    if (!user)
        return rf_raise_nomem(reterr);
    *user = (rf_user_config){ .groups = groups, .path = rf_strdup_in(&groups->arena, config), .input = rf_strdup_in(&groups->arena, input) };
    builder b = { .user = user };
    rf_code code = user->path && user->input ? read_files(user, reterr) : rf_raise_nomem(reterr);
    if (!code)
        code = build(&b, reterr);
    rf_user_messages_done(&b.messages);
    rf_user_room_done(&b.room);
    return code;
}
