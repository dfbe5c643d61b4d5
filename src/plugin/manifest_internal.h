/* manifest_internal.h: what the files of the manifest reader share. */
#ifndef RF_PLUGIN_MANIFEST_INTERNAL_H
#define RF_PLUGIN_MANIFEST_INTERNAL_H

#include "plugin/manifest.h"
#include "plugin/toml.h"

#define RF_MANIFEST_LIST_MAX 64u      /* patterns, keys, configuration keys */
#define RF_MANIFEST_FINDINGS_MAX 100u /* more are not told one by one */
#define RF_MANIFEST_KEYS_MAX 24u      /* rows of the table in manifest_keys.c */

typedef struct rf_manifest_reader {
    rf_arena *arena;
    const rf_source *source;
    bool is_toml;
    rf_manifest *manifest;
    rf_manifest_finding *first, **tail;
    uint32_t finding_count;
    rf_error *last;     /* the error just found, for its hint; NULL: there was no room for it */
    bool out_of_memory;
    size_t given[RF_MANIFEST_KEYS_MAX]; /* per key: where it was given, plus one; 0: not yet */
    size_t time_at[RF_HOOK_COUNT + 1];  /* the same for limits of hooks; the last one: of all */
    uint64_t time_ns[RF_HOOK_COUNT + 1];
    rf_config_key *config;              /* RF_MANIFEST_LIST_MAX rooms */
} rf_manifest_reader;

/* A value and what it is called in messages ("time.on_output"). */
typedef struct rf_manifest_value {
    rf_slice key;
    size_t key_offset, offset;
    rf_slice raw;        /* in comments: as it stands there, trimmed; not used in TOML */
    const rf_toml *toml; /* in TOML; in comments NULL until it was looked at as TOML */
} rf_manifest_value;

/* One text of a list. */
typedef struct rf_manifest_item { rf_slice text; size_t offset; } rf_manifest_item;

/* Notes an error at a place; its value is false, so that `return rf_manifest_fail(…)` reads well. */
#define rf_manifest_fail(reader, at, ...) \
    ((void)rf_raise(rf_manifest_note(reader), RF_ECONFIG, __VA_ARGS__), rf_manifest_place(reader, at))
rf_error *rf_manifest_note(rf_manifest_reader *reader);
bool rf_manifest_place(rf_manifest_reader *reader, size_t offset);
/* Notes what another reader said (with its place), as RF_ECONFIG; false. RF_ENOMEM is remembered as such. */
bool rf_manifest_pass_on(rf_manifest_reader *reader, const rf_error *error);
bool rf_manifest_no_memory(rf_manifest_reader *reader);
/* "did you mean", or else `otherwise` (may be NULL). */
void rf_manifest_hint_nearest(rf_manifest_reader *reader, rf_slice word, const char *const *known, const char *otherwise);
/* Notes that a key is given twice; `first` is where, plus one. */
bool rf_manifest_fail_twice(rf_manifest_reader *reader, rf_slice key, size_t first, size_t offset);
/* At most 48 bytes of a word, for messages. */
rf_slice rf_manifest_clip(rf_slice word);
bool rf_manifest_is_name(rf_slice name);
bool rf_manifest_is_version(rf_slice version);
/* "a text", "a table", …: what a value is, for messages. */
const char *rf_manifest_kind(const rf_toml *value);
/* Equal, - and _ taken as one. */
bool rf_manifest_key_is(rf_slice key, const char *name);

/* A copy of a bare text of a comment; notes what is no UTF-8. */
bool rf_manifest_take(rf_manifest_reader *reader, rf_slice raw, rf_slice *ret);
/* Notes a control character. */
bool rf_manifest_check_line(rf_manifest_reader *reader, rf_slice key, rf_slice text, size_t offset);
/* manifest_value.c: values by type. Each notes what is wrong and gives false. */
bool rf_manifest_text(rf_manifest_reader *reader, rf_manifest_value *value, size_t most, rf_slice *ret);
bool rf_manifest_int(rf_manifest_reader *reader, rf_manifest_value *value, int64_t least, int64_t most, int64_t *ret);
bool rf_manifest_bool(rf_manifest_reader *reader, rf_manifest_value *value, bool *ret);
bool rf_manifest_number(rf_manifest_reader *reader, rf_manifest_value *value, double *ret);
bool rf_manifest_duration(rf_manifest_reader *reader, rf_manifest_value *value, uint64_t least_ns, uint64_t most_ns, uint64_t *ret_ns);
bool rf_manifest_size(rf_manifest_reader *reader, rf_manifest_value *value, size_t least, size_t most, size_t *ret);
/* At most RF_MANIFEST_LIST_MAX texts, none empty, none twice. `regexes`: commas within /…/ do not part. */
bool rf_manifest_list(rf_manifest_reader *reader, rf_manifest_value *value, bool regexes, rf_manifest_item **ret, uint32_t *ret_count);
/* Appends a duration ("50ms") or a size ("16MiB") in the largest unit that holds it exactly. */
void rf_manifest_put_duration(rf_buffer *out, uint64_t ns);
void rf_manifest_put_size(rf_buffer *out, size_t bytes);

/* manifest_key_name.c: "ctrl-alt-t", "f5". */
bool rf_manifest_check_key(rf_manifest_reader *reader, const rf_manifest_item *key);

/* manifest_keys.c: one key of the manifest, known or not. */
void rf_manifest_set(rf_manifest_reader *reader, rf_manifest_value *value);
/* manifest_config.c: `// @config: name: type = default -- doc`, and the table of [config.NAME]. */
bool rf_manifest_set_config_line(rf_manifest_reader *reader, const rf_manifest_value *value);
bool rf_manifest_set_config_table(rf_manifest_reader *reader, const rf_manifest_value *value);
extern const char *const rf_config_type_names[]; /* by rf_config_type; NULL at the end */
/* manifest_comment.c: all lines `// @word: …` at the top of a script. */
void rf_manifest_read_comments(rf_manifest_reader *reader);

#endif
