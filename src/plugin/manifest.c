/* manifest.c: reading a manifest: both forms, defaults, what was found. */
#include "plugin/manifest.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "plugin/manifest_internal.h"

#include <assert.h>
#include <stdio.h>

rf_error *rf_manifest_note(rf_manifest_reader *reader) {
    reader->last = NULL;
    if (reader->finding_count >= RF_MANIFEST_FINDINGS_MAX)
        return NULL;
    rf_manifest_finding *finding = rf_arena_zero(reader->arena, 1, sizeof *finding);
    if (!finding) {
        reader->out_of_memory = true;
        return NULL;
    }
    reader->finding_count++;
    *reader->tail = finding;
    reader->tail = &finding->next;
    return reader->last = &finding->error;
}

bool rf_manifest_place(rf_manifest_reader *reader, size_t offset) {
    if (reader->last) {
        uint32_t line, column;
        rf_source_locate(reader->source, offset, &line, &column);
        rf_error_place(reader->last, reader->source->name, line, column);
    }
    return false;
}

bool rf_manifest_no_memory(rf_manifest_reader *reader) {
    reader->out_of_memory = true;
    return false;
}

bool rf_manifest_pass_on(rf_manifest_reader *reader, const rf_error *error) {
    if (error->code == RF_ENOMEM)
        return rf_manifest_no_memory(reader);
    rf_error *note = rf_manifest_note(reader);
    if (note) {
        *note = *error;
        note->code = RF_ECONFIG;
    }
    return false;
}

void rf_manifest_hint_nearest(rf_manifest_reader *reader, rf_slice word, const char *const *known, const char *otherwise) {
    const char *nearest = rf_nearest(word, known);
    if (nearest)
        rf_error_hint(reader->last, "did you mean `%s`?", nearest);
    else if (otherwise)
        rf_error_hint(reader->last, "%s", otherwise);
}

bool rf_manifest_fail_twice(rf_manifest_reader *reader, rf_slice key, size_t first, size_t offset) {
    assert(first > 0);
    uint32_t line, column;
    rf_source_locate(reader->source, first - 1, &line, &column);
    (void)rf_manifest_fail(reader, offset, "`%.*s` is given twice", RF_SLICE_ARG(rf_manifest_clip(key)));
    rf_error_hint(reader->last, "it is in line %u already", (unsigned)line);
    return false;
}

rf_slice rf_manifest_clip(rf_slice word) {
    enum { SHOWN = 48 };
    return rf_utf8_clip(word, SHOWN);
}

bool rf_manifest_key_is(rf_slice key, const char *name) {
    size_t len = strlen(name);
    if (key.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((key.data[i] == '_' ? '-' : key.data[i]) != (name[i] == '_' ? '-' : name[i]))
            return false;
    }
    return true;
}

/* The first hooks of the table are those of loading. */
static bool is_load_hook(unsigned hook) { return hook <= RF_HOOK_RELOAD; }
static_assert(RF_HOOK_LOAD < RF_HOOK_RELOAD && RF_HOOK_UNLOAD < RF_HOOK_RELOAD && RF_HOOK_RELOAD + 1 == RF_HOOK_OUTPUT,
              "the order of rf_hook");

/* What a plugin that says nothing gets. */
static const rf_manifest standard = {
    .version = { "0.1.0", 5 },
    .api_major = RF_PLUGIN_API_MAJOR,
    .api_minor = RF_PLUGIN_API_MINOR,
    .heap_bytes = RF_PLUGIN_HEAP_BYTES_DEFAULT,
    .max_failures = RF_PLUGIN_FAILURES_DEFAULT,
    .time_ns = {
        [RF_HOOK_LOAD ... RF_HOOK_RELOAD] = RF_PLUGIN_LOAD_NS_DEFAULT,
        [RF_HOOK_OUTPUT ... RF_HOOK_COUNT - 1] = RF_PLUGIN_TIME_NS_DEFAULT,
    },
};

/* A hook's own limit, else that of all, else the default: in whatever order they stood. */
static void settle_times(const rf_manifest_reader *reader) {
    uint64_t all = reader->time_ns[RF_HOOK_COUNT];
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        if (reader->time_ns[i])
            reader->manifest->time_ns[i] = reader->time_ns[i];
        else if (all && !is_load_hook(i))
            reader->manifest->time_ns[i] = all;
    }
}

static void check_stem(rf_manifest_reader *reader, rf_slice stem) {
    if (reader->manifest->name.data != stem.data || rf_manifest_is_name(stem))
        return;
    (void)rf_manifest_fail(reader, 0,
                           "the file's name `%.*s` cannot be the plugin's: a-z, 0-9, - and _, a letter or digit first, at most 64",
                           RF_SLICE_ARG(rf_manifest_clip(stem)));
    rf_error_hint(reader->last, "rename the file, or give the plugin a name: %s", reader->is_toml ? "name = \"…\"" : "// @name: …");
}

static rf_code read_toml(rf_manifest_reader *reader, rf_error *reterr) {
    rf_toml *root;
    rf_code code = rf_toml_read(reader->arena, reader->source, &root, reterr);
    if (code == RF_EPARSE && reterr && strcmp(reterr->message, "key `time` is given twice") == 0)
        rf_error_hint(reterr, "with a limit for single hooks, that of all others is `all` in [time]");
    if (code)
        return code;
    for (const rf_toml *at = root->first; at; at = at->next) {
        rf_manifest_value value = { .key = at->key, .key_offset = at->key_offset, .offset = at->offset, .toml = at };
        rf_manifest_set(reader, &value);
    }
    return RF_OK;
}

static rf_code finish(rf_manifest_reader *reader, rf_slice stem, rf_error *reterr) {
    settle_times(reader);
    bool name_given = reader->manifest->name.data != stem.data;
    if (!name_given) {
        check_stem(reader, stem);
        reader->manifest->name = rf_slice_dup_in(reader->arena, stem);
    }
    if (reader->out_of_memory || !reader->manifest->name.data)
        return rf_raise_nomem(reterr);
    if (!reader->first)
        return RF_OK;
    if (reterr)
        *reterr = reader->first->error;
    return reader->first->error.code;
}

static rf_code read_given(rf_manifest_reader *reader, rf_slice stem, rf_manifest_finding **ret_findings, rf_error *reterr) {
    reader->tail = &reader->first;
    rf_error error;
    rf_code code = RF_OK;
    if (reader->is_toml)
        code = read_toml(reader, &error);
    else
        rf_manifest_read_comments(reader);
    if (code && code != RF_ENOMEM) {
        (void)rf_manifest_pass_on(reader, &error);
        if (reader->last)
            reader->last->code = code;
    }
    if (code == RF_ENOMEM)
        reader->out_of_memory = true;
    code = finish(reader, stem, reterr);
    if (ret_findings)
        *ret_findings = reader->first;
    return code;
}

rf_code rf_manifest_read(rf_arena *arena, const rf_source *source, bool is_toml, rf_slice stem, rf_manifest *ret_manifest,
                         rf_manifest_finding **ret_findings, rf_error *reterr) {
    assert(arena && source && ret_manifest && (stem.data || stem.len == 0));
    *ret_manifest = standard;
    if (source->text.len == 0 && rf_manifest_is_name(stem)) { /* as all bytecode without a .toml: nothing is said, nothing can be wrong */
        ret_manifest->name = rf_slice_dup_in(arena, stem);
        if (ret_findings)
            *ret_findings = NULL;
        return ret_manifest->name.data ? RF_OK : rf_raise_nomem(reterr);
    }
    ret_manifest->name = stem;
    return read_given(&(rf_manifest_reader){ .arena = arena, .source = source, .is_toml = is_toml, .manifest = ret_manifest }, stem,
                      ret_findings, reterr);
}

rf_code rf_manifest_check_api(const rf_manifest *manifest, rf_error *reterr) {
    assert(manifest);
    bool is_other = manifest->api_major != RF_PLUGIN_API_MAJOR;
    if (!is_other && manifest->api_minor <= RF_PLUGIN_API_MINOR)
        return RF_OK;
    rf_code code = rf_raise(reterr, RF_ECONFIG, "plugin `%.*s` is for version %u.%u of the plugin interface; this riffle has %u.%u",
                            RF_SLICE_ARG(manifest->name), manifest->api_major, manifest->api_minor, RF_PLUGIN_API_MAJOR,
                            RF_PLUGIN_API_MINOR);
    bool is_newer = manifest->api_major > RF_PLUGIN_API_MAJOR || !is_other;
    rf_error_hint(reterr, is_newer ? "use a newer riffle, or a plugin made for %u.%u" : "use a version of the plugin made for %u.%u",
                  RF_PLUGIN_API_MAJOR, RF_PLUGIN_API_MINOR);
    return code;
}
