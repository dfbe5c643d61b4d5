/* branch: processors work on a copy of a message, and a mapping puts what came of it into the message. */
#include "components/processors/branch.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/mapping.h"

#include <assert.h>

static const rf_field branch_fields[] = {
    { "request_map", RF_FIELD_SCRIPT, offsetof(rf_branch, request.text), NULL, 0,
      "A mapping that makes what the processors work on; its `root` begins empty, and `root = deleted()` leaves the message out. Not given: a copy of the message.",
      NULL, NULL, 0, 0, 0 },
    { "processors", RF_FIELD_PROCESSORS, offsetof(rf_branch, list), NULL, RF_FIELD_REQUIRED, "What is done with the copy.", NULL, NULL, 0, 0, 0 },
    { "result_map", RF_FIELD_SCRIPT, offsetof(rf_branch, result.text), NULL, 0,
      "A mapping that changes the message: `this`, `content()` and `metadata()` are of the copy as the processors left it, `root`, `meta` and `@` of the "
      "message. Not given: the message stays as it was.",
      NULL, NULL, 0, 0, 0 },
    { 0 },
};

/* ---- Open and close ---- */

static rf_code compile(rf_branch_map *map, const rf_conf *conf, rf_error *reterr) {
    rf_error error = { 0 };
    if (map->text.text.len == 0)
        return RF_OK;
    rf_code code = rf_mapping_compile(map->text.text, rf_conf_locate, map->text.node, &map->compiled, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(conf, &error);
    if (!code)
        map->memory = rf_mapping_state_new(map->compiled);
    return code || !map->memory ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code branch_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_branch *self = state;
    rf_error error = { 0 };
    rf_note_init(&self->note, env);
    rf_code request = compile(&self->request, conf, reterr), result = compile(&self->result, conf, reterr);
    if (request == RF_ENOMEM || result == RF_ENOMEM)
        return RF_ENOMEM;
    if (self->list.count > 0)
        return request ? request : result;
    (void)rf_raise(&error, RF_ECONFIG, "the branch processor requires at least one child processor");
    rf_error_hint(&error, "put one in `processors`");
    return rf_conf_report(conf, &error);
}

static void branch_close(void *state) {
    rf_branch *self = state;
    rf_branch_map *const maps[] = { &self->request, &self->result };
    for (size_t i = 0; i < 2; i++) {
        rf_mapping_state_free(maps[i]->memory);
        rf_mapping_free(maps[i]->compiled);
    }
}

static void branch_detach(void *state, void *of_thread) {
    rf_branch_local *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_steps_free(local->steps);
    rf_part_done(&local->part);
    rf_free(local->tracks);
    rf_free(local);
}

static rf_code branch_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const rf_branch *self = state;
    rf_branch_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_steps_new(&self->list, shard, &local->steps, reterr);
    if (code)
        branch_detach(state, local);
    else
        *ret_local = local;
    return code;
}

/* ---- What the processors get ---- */

/* `memory` is the batch that has the arena just now. */
static void fail(rf_branch *self, rf_batch *memory, rf_message *message, rf_branch_track *track, rf_log_level level, const char *what,
                 rf_slice why) {
    track->fate = RF_BRANCH_FAILED;
    rf_message_fail(memory, message, "%s failed: %.*s", what, RF_SLICE_ARG(why));
    rf_note_log(&self->note, level, "Branch error: ", message->error.data);
}

static rf_code make_request(rf_branch *self, rf_batch *batch, uint32_t index, rf_branch_track *track, rf_error *reterr) {
    rf_error error = { 0 };
    bool deleted = false;
    rf_message_share(&batch->messages[index], &track->request);
    track->request.error = (rf_slice){ 0 };
    track->request.origin = index + 1;
    track->fate = RF_BRANCH_SENT;
    if (!self->request.compiled)
        return RF_OK;
    track->request.payload = rf_text(RF_RAW, RF_SLICE(""));
    const rf_mapping_turn turn = { &track->request, index };
    rf_code code = rf_mapping_overlay(self->request.compiled, self->request.memory, batch, &turn, &deleted, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        fail(self, batch, &batch->messages[index], track, RF_LOG_DEBUG, "request mapping", rf_slice_of(error.message));
    else if (deleted)
        track->fate = RF_BRANCH_LEFT_OUT;
    return RF_OK;
}

static rf_code fill_part(const rf_branch_run *run, rf_error *reterr) {
    for (uint32_t i = run->range.begin; i < run->range.end; i++) {
        if (run->tracks[i].fate != RF_BRANCH_SENT)
            continue;
        rf_message *copy = rf_batch_add(run->part);
        if (!copy)
            return rf_raise_nomem(reterr);
        *copy = run->tracks[i].request;
    }
    return RF_OK;
}

/* ---- What comes of it ---- */

/* Changes the message by what came of its copy. */
static rf_code put_result(rf_branch *self, const rf_branch_run *run, uint32_t i, rf_error *reterr) {
    rf_branch_track *track = &run->tracks[i];
    rf_message *message = &run->messages[i], changed;
    rf_error error = { 0 };
    bool deleted = false;
    const rf_slice failure = run->part->messages[track->result].error;
    if (failure.data) {
        fail(self, run->part, message, track, RF_LOG_DEBUG, "processors", failure);
        return RF_OK;
    }
    if (!self->result.compiled)
        return RF_OK;
    rf_message_share(message, &changed);
    const rf_mapping_turn turn = { &changed, track->result };
    rf_code code = rf_mapping_overlay(self->result.compiled, self->result.memory, run->part, &turn, &deleted, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        fail(self, run->part, message, track, RF_LOG_ERROR, "result mapping", rf_slice_of(error.message));
    else if (!deleted)
        *message = changed;
    return RF_OK;
}

/* With the part open: its memory is the batch's. */
static rf_code run_part(rf_branch *self, rf_branch_local *local, rf_branch_run *run, rf_error *reterr) {
    rf_code code = fill_part(run, reterr);
    if (code)
        return code;
    run->sent = run->part->count;
    if (run->sent > 0)
        rf_steps_run(local->steps, run->part);
    rf_branch_align(run);
    for (uint32_t i = run->range.begin; i < run->range.end && !code; i++)
        if (run->tracks[i].fate == RF_BRANCH_SENT)
            code = put_result(self, run, i, reterr);
    return code;
}

static rf_code run_range(rf_branch *self, rf_branch_local *local, rf_batch *batch, rf_branch_range range, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t i = range.begin; i < range.end && !code; i++)
        code = make_request(self, batch, i, &local->tracks[i], reterr);
    if (code)
        return code;
    rf_branch_run run = { .note = &self->note, .tracks = local->tracks, .messages = batch->messages, .range = range };
    run.part = rf_part_begin(&local->part, batch);
    if (!run.part)
        return rf_raise_nomem(reterr);
    code = run_part(self, local, &run, reterr);
    rf_part_end(&local->part);
    return code;
}

/* A batch of the user's; or, for speed, neighbours that each are one by themselves. */
static rf_branch_range next_range(const rf_batch *batch, uint32_t begin) {
    rf_branch_range range = { begin, begin, batch->messages[begin].parcel == 0 };
    if (!range.singles) {
        uint32_t first;
        rf_batch_parcel(batch, begin, &first, &range.end);
        return range;
    }
    while (range.end < batch->count && batch->messages[range.end].parcel == 0)
        range.end++;
    return range;
}

static rf_code branch_process(void *state, void *of_thread, rf_batch *batch, rf_error *reterr) {
    rf_branch_local *local = of_thread;
    if (batch->count > local->cap) {
        rf_branch_track *tracks = rf_realloc(local->tracks, batch->count * sizeof *tracks);
        if (!tracks)
            return rf_raise_nomem(reterr);
        local->tracks = tracks;
        local->cap = batch->count;
    }
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < batch->count && !code;) {
        rf_branch_range range = next_range(batch, i);
        code = run_range(state, local, batch, range, reterr);
        i = range.end;
    }
    return code;
}

const rf_processor_kind rf_branch_kind = {
    .name = "branch",
    .summary = "Runs processors on a copy of each message, and puts what came of it into the message.",
    .detail = "The message itself stays as it was, metadata included, but for what `result_map` says. What fails within, or in a mapping, marks the message as failed "
              "and leaves it otherwise as it was. The processors must neither drop nor multiply messages: then the messages of the batch are marked as failed.",
    .example = "input:\n"
               "  generate: {mapping: 'root = {\"machine\": \"press\", \"value\": counter()}', interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - branch:\n"
               "        request_map: root.n = this.value\n"
               "        processors:\n"
               "          - nodered_js: {code: \"msg.payload = {square: msg.payload.n ** 2}; return msg;\"}\n"
               "        result_map: root.square = this.square\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = branch_fields,
    .state_size = sizeof(rf_branch),
    .open = branch_open,
    .attach = branch_attach,
    .process = branch_process,
    .detach = branch_detach,
    .close = branch_close,
};
