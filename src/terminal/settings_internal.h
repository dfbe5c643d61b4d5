/* settings_internal.h: what the files of the settings share. */
#ifndef RF_TERMINAL_SETTINGS_INTERNAL_H
#define RF_TERMINAL_SETTINGS_INTERNAL_H

#include "plugin/toml.h"
#include "terminal/settings.h"

#define RF_SETTINGS_FINDINGS_MAX 50u

typedef struct rf_settings_reader {
    const rf_source *source;
    rf_settings *settings;
    rf_buffer *findings; /* may be NULL */
    rf_error first;      /* of `count` */
    size_t count;
    bool out_of_memory;
} rf_settings_reader;

/* Takes down what is wrong at a place of the text. */
void rf_settings_note(rf_settings_reader *reader, size_t offset, rf_error *error);
/* `NAME` must be WANTED, not …: a value of a wrong kind. */
void rf_settings_note_kind(rf_settings_reader *reader, const rf_toml *value, const char *wanted);
/* A key that is not known; `names` ends with NULL. */
void rf_settings_note_unknown(rf_settings_reader *reader, const rf_toml *member, const char *where, const char *const *names);
/* The beginning of a word, for messages. */
rf_slice rf_settings_clip(rf_slice word);

/* settings_plugin.c: all of [plugins]. */
void rf_settings_read_plugins(rf_settings_reader *reader, const rf_toml *table);

#endif
