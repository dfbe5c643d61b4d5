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
        const rf_value *choices = subject->schema ? rf_json_schema_choices(subject->schema, VIRTUAL_PATH) : NULL;
        for (uint32_t c = 0; choices && c < choices->size && fine; c++)
            if (choices->items[c].kind == RF_STRING)
                fine = rf_vec_push(&paths, rf_printf_in(arena, "%.*s (%.*s)", RF_SLICE_ARG(rf_value_text(&choices->items[c])),
                                                        RF_SLICE_ARG(subject->type)));
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

/* Whether a line of the complaints begins with the member, or with something in it. */
static bool is_about(rf_slice complaints, rf_slice member) {
    for (rf_slice rest = complaints; rest.len > member.len;) {
        size_t end = rf_slice_find(rest, '\n');
        if (rf_slice_starts(rest, member) && (rest.data[member.len] == '.' || rest.data[member.len] == ' '))
            return true;
        end += end < rest.len;
        rest = (rf_slice){ rest.data + end, rest.len - end };
    }
    return false;
}

static bool say_path(const rf_uns_contract *contract, rf_arena *arena, const checked *document, rf_buffer *out) {
    rf_buffer_text(out, ". Valid virtual_paths are: [");
    bool fine = say_paths(contract, arena, out);
    rf_buffer_printf(out, "]. Your virtual_path is: %.*s", RF_SLICE_ARG(rf_value_text(&document->members[1].value)));
    return fine;
}

/* Why the last schema does not accept it: what it complains of are lines. */
static bool say_reason(const rf_uns_contract *contract, rf_arena *arena, const checked *document, rf_slice complaints, rf_buffer *out) {
    bool fields = is_about(complaints, FIELDS), path = is_about(complaints, VIRTUAL_PATH);
    if (!document)
        rf_buffer_text(out, "Invalid JSON format");
    else if (fields && path)
        rf_buffer_text(out, "Properties 'fields', 'virtual_path' do not match their schemas");
    else if (fields || path)
        rf_buffer_printf(out, "Property '%s' does not match the schema", path ? "virtual_path" : "fields");
    else
        rf_buffer_text(out, "the message as a whole does not match the schema");
    return (!document || !path || say_path(contract, arena, document, out)) && !out->failed;
}

/* What one schema says of a document. `complaints` NULL: nobody asks. One that takes too long does not accept it. */
static rf_code hold(rf_json_schema *schema, rf_arena *arena, const rf_value *value, rf_buffer *complaints, bool *ret_fits,
                    rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_json_schema_check(schema, arena, value, complaints, ret_fits, &error);
    if (code != RF_ELIMIT)
        return code ? rf_raise_nomem(reterr) : RF_OK;
    *ret_fits = false;
    if (complaints)
        rf_buffer_printf(complaints, "(root) %s\n", error.message);
    return RF_OK;
}

/* `document` NULL: the payload is no JSON. */
static rf_code refuse(const rf_uns_contract *contract, rf_batch *batch, uint32_t index, rf_slice topic, const rf_uns_verdict *verdict,
                      const checked *document, rf_error *reterr) {
    const rf_uns_subject *last = &contract->subjects[contract->subject_count - 1];
    RF_CLEANUP(rf_buffer_done) rf_buffer reason = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer complaints = { 0 };
    bool fits;
    if (document && hold(last->schema, &batch->arena, &document->value, &complaints, &fits, reterr))
        return RF_ENOMEM;
    rf_slice all = rf_buffer_view(&complaints), detail = { all.data, rf_slice_find(all, '\n') };
    if (!say_reason(contract, &batch->arena, document, all, &reason) || complaints.failed)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_ESCRIPT,
                    "schema validation failed for message %u with topic '%.*s': schema validation failed for contract '%.*s' version %.*s against all "
                    "available schemas. Last error: schema validation failed for subject '%.*s': %.*s. Please check your payload format and ensure it "
                    "matches the registered schema%s%.*s",
                    index, RF_SLICE_ARG(topic), RF_SLICE_ARG(verdict->name), RF_SLICE_ARG(verdict->version), RF_SLICE_ARG(last->name),
                    RF_SLICE_ARG(rf_buffer_view(&reason)), detail.len ? ": " : "", RF_SLICE_ARG(detail));
}

/* ---- The check ---- */

static rf_code any_accepts(const rf_uns_contract *contract, rf_arena *arena, const rf_value *value, bool *ret_any, rf_error *reterr) {
    rf_code code = RF_OK;
    *ret_any = false;
    for (uint32_t i = 0; i < contract->subject_count && !code && !*ret_any; i++)
        if (contract->subjects[i].schema)
            code = hold(contract->subjects[i].schema, arena, value, NULL, ret_any, reterr);
    return code;
}

static rf_code hold_against(const rf_uns_contract *contract, rf_batch *batch, uint32_t index, rf_slice topic, rf_slice path,
                            rf_uns_verdict *verdict, rf_error *reterr) {
    checked document = { .members = { { .key = FIELDS }, { .key = VIRTUAL_PATH, .value = rf_string(path) } } };
    rf_code code = fields_of(batch, index, &document.members[0].value, reterr);
    document.value = (rf_value){ .kind = RF_MAP, .size = 2, .members = document.members };
    if (code == RF_ENOMEM)
        return code;
    const bool is_json = !code;
    bool any = false;
    if (is_json && any_accepts(contract, &batch->arena, &document.value, &any, reterr))
        return RF_ENOMEM;
    if (any)
        return RF_OK;
    if (contract->why.len == 0)
        return refuse(contract, batch, index, topic, verdict, is_json ? &document : NULL, reterr);
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
        verdict.reason = rf_printf_in(&batch->arena, "unversioned contract '%.*s' - bypassing validation (no latest fetching)",
                                      RF_SLICE_ARG(contract));
        code = verdict.reason.data ? RF_OK : rf_raise_nomem(reterr);
    }
    if (!code)
        *ret_verdict = verdict;
    return code;
}
