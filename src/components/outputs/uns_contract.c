/* uns_contract.c: a message held against the schemas of its contract, and what to say when none accepts it. */
#include "components/outputs/uns_contract.h"

#include "base/slice.h"
#include "base/vec.h"
#include "message/json.h"

#include <assert.h>
#include <stdlib.h>

#define FIELDS RF_SLICE("fields")
#define VIRTUAL_PATH RF_SLICE("virtual_path")
#define PATHS_BYTES 160 /* of the error's text, for paths that would be right */

/* What is held against the schemas: an object of two. */
typedef struct checked {
    rf_member members[2];
    rf_value value;
} checked;

/* `_pump_v1` is version 1 of `_pump`. */
static bool has_version(rf_slice contract, rf_slice *ret_name, rf_slice *ret_version) {
    size_t digits = contract.len;
    while (digits > 0 && contract.data[digits - 1] >= '0' && contract.data[digits - 1] <= '9')
        digits--;
    if (digits == contract.len || digits < 3 || contract.data[digits - 1] != 'v' || contract.data[digits - 2] != '_')
        return false;
    *ret_name = (rf_slice){ contract.data, digits - 2 };
    *ret_version = (rf_slice){ contract.data + digits, contract.len - digits };
    while (ret_version->len > 1 && ret_version->data[0] == '0')
        *ret_version = (rf_slice){ ret_version->data + 1, ret_version->len - 1 };
    return true;
}

/* What is behind the contract in its topic, of which it is a view. */
static rf_slice path_of(rf_slice topic, rf_slice contract) {
    const char *end = topic.data + topic.len, *path = contract.data + contract.len + 1;
    assert(contract.data > topic.data && path < end);
    return (rf_slice){ path, (size_t)(end - path) };
}

/* The payload as it will be written. RF_EPARSE: it is no JSON. */
static rf_code fields_of(rf_batch *batch, uint32_t index, rf_value *ret, rf_error *reterr) {
    rf_message *message = &batch->messages[index];
    rf_slice bytes;
    rf_code code;
    if (message->payload.kind == RF_MAP || message->payload.kind == RF_LIST) {
        *ret = message->payload;
        return RF_OK;
    }
    code = rf_message_bytes(batch, message, &bytes, reterr);
    if (!code)
        code = rf_json_parse_unique(&batch->arena, bytes, ret, reterr);
    return !code || code == RF_ENOMEM ? code : RF_EPARSE;
}

/* ---- What to say ---- */

static int by_text(const void *a, const void *b) { return rf_slice_compare(*(const rf_slice *)a, *(const rf_slice *)b); }

/* Appends the paths that would be right, in their order, with the schema that has each; as far as there is room. */
static bool say_paths(const rf_uns_contract *contract, rf_arena *arena, rf_buffer *out) {
    RF_VEC(rf_slice) paths = { 0 };
    bool fine = true;
    for (uint32_t i = 0; i < contract->subject_count && fine; i++) {
        const rf_uns_subject *subject = &contract->subjects[i];
        const rf_value *choices = subject->schema ? rf_uns_schema_choices(subject->schema, VIRTUAL_PATH) : NULL;
        for (uint32_t c = 0; choices && c < choices->size && fine; c++)
            if (choices->items[c].kind == RF_STRING)
                fine = rf_vec_push(&paths, rf_printf_in(arena, "%.*s (%.*s)", RF_SLICE_ARG(rf_value_text(&choices->items[c])), RF_SLICE_ARG(subject->type)));
    }
    if (paths.count > 0)
        qsort(paths.items, paths.count, sizeof *paths.items, by_text);
    for (size_t i = 0, begin = out->len; i < paths.count && fine; i++) {
        bool room = out->len - begin + paths.items[i].len < PATHS_BYTES;
        fine = paths.items[i].data != NULL;
        rf_buffer_printf(out, "%s%.*s", i ? ", " : "", RF_SLICE_ARG(room ? paths.items[i] : RF_SLICE("…")));
        if (!room)
            break;
    }
    rf_vec_done(&paths);
    return fine;
}

/* Why the last schema does not accept it. */
static bool say_reason(const rf_uns_contract *contract, rf_arena *arena, const rf_uns_subject *last, const checked *document, rf_buffer *out,
                       rf_buffer *detail) {
    size_t before = out->len;
    if (!document) {
        rf_buffer_text(out, "Invalid JSON format");
        return true;
    }
    rf_uns_schema_explain(last->schema, &document->value, out, detail);
    if (out->failed || !memmem(out->data + before, out->len - before, "'virtual_path'", 14))
        return !out->failed;
    rf_buffer_text(out, ". Valid virtual_paths are: [");
    bool fine = say_paths(contract, arena, out);
    rf_buffer_printf(out, "]. Your virtual_path is: %.*s", RF_SLICE_ARG(rf_value_text(&document->members[1].value)));
    return fine;
}

/* `document` NULL: the payload is no JSON. */
static rf_code refuse(const rf_uns_contract *contract, rf_batch *batch, uint32_t index, rf_slice topic, const rf_uns_verdict *verdict,
                      const checked *document, rf_error *reterr) {
    const rf_uns_subject *last = &contract->subjects[contract->subject_count - 1];
    RF_CLEANUP(rf_buffer_done) rf_buffer reason = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer detail = { 0 };
    if (!say_reason(contract, &batch->arena, last, document, &reason, &detail) || reason.failed || detail.failed)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_ESCRIPT,
                    "schema validation failed for message %u with topic '%.*s': schema validation failed for contract '%.*s' version %.*s against all "
                    "available schemas. Last error: schema validation failed for subject '%.*s': %.*s. Please check your payload format and ensure it "
                    "matches the registered schema%s%.*s",
                    index, RF_SLICE_ARG(topic), RF_SLICE_ARG(verdict->name), RF_SLICE_ARG(verdict->version), RF_SLICE_ARG(last->name),
                    RF_SLICE_ARG(rf_buffer_view(&reason)), detail.len ? ": " : "", RF_SLICE_ARG(rf_buffer_view(&detail)));
}

/* ---- The check ---- */

static bool any_accepts(const rf_uns_contract *contract, const rf_value *value) {
    for (uint32_t i = 0; i < contract->subject_count; i++)
        if (contract->subjects[i].schema && rf_uns_schema_accepts(contract->subjects[i].schema, value))
            return true;
    return false;
}

static rf_code hold_against(const rf_uns_contract *contract, rf_batch *batch, uint32_t index, rf_slice topic, rf_slice path, rf_uns_verdict *verdict,
                            rf_error *reterr) {
    checked document = { .members = { { .key = FIELDS }, { .key = VIRTUAL_PATH, .value = rf_string(path) } } };
    rf_code code = fields_of(batch, index, &document.members[0].value, reterr);
    document.value = (rf_value){ .kind = RF_MAP, .size = 2, .members = document.members };
    if (code == RF_ENOMEM)
        return code;
    if (!code && any_accepts(contract, &document.value))
        return RF_OK;
    if (contract->why.len == 0)
        return refuse(contract, batch, index, topic, verdict, code ? NULL : &document, reterr);
    verdict->reason = rf_slice_dup_in(&batch->arena, contract->why);
    return verdict->reason.data ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_uns_contract_check(rf_uns_registry *registry, rf_batch *batch, uint32_t index, rf_slice topic, rf_slice contract,
                              rf_uns_verdict *ret_verdict, rf_error *reterr) {
    rf_uns_verdict verdict = { 0 };
    const rf_uns_contract *known;
    rf_code code;
    if (has_version(contract, &verdict.name, &verdict.version)) {
        code = rf_uns_registry_find(registry, verdict.name, verdict.version, &known, reterr);
        if (!code)
            code = hold_against(known, batch, index, topic, path_of(topic, contract), &verdict, reterr);
    } else {
        verdict.reason = rf_printf_in(&batch->arena, "unversioned contract '%.*s' - bypassing validation (no latest fetching)", RF_SLICE_ARG(contract));
        code = verdict.reason.data ? RF_OK : rf_raise_nomem(reterr);
    }
    if (!code)
        *ret_verdict = verdict;
    return code;
}
