/* repl_words.c: what Tab completes in a session, and where its history is. */
#include "cli/repl_session.h"

#include "base/slice.h"

#include <stdlib.h>
#include <sys/stat.h>

void rf_repl_complete(void *user, rf_slice word, rf_line_words *words) {
    static const char *const keywords[] = { "async", "else", "false", "finally", "function", "match", "module", "mutable", "open", "then",
                                            "true", "type", "while", "with", NULL };
    static const char *const commands[] = { ":doc", ":help", ":load", ":quit", ":reset", ":type", NULL };
    const rf_repl_session *session = user;
    bool dotted = rf_slice_find(word, '.') < word.len;
    for (const char *const *name = word.len && word.data[0] == ':' ? commands : keywords; *name; name++)
        if (rf_slice_starts(rf_slice_of(*name), word))
            rf_line_words_add(words, rf_slice_of(*name));
    for (size_t i = 0; i < session->names.count; i++)
        if (rf_slice_starts(session->names.items[i], word))
            rf_line_words_add(words, session->names.items[i]);
    for (const rf_fus_lib_module *const *module = rf_fus_lib_modules; *module; module++) {
        rf_slice name = rf_slice_of((*module)->name);
        if (rf_slice_starts(name, RF_SLICE("Prim")))
            continue;
        if (name.len && !dotted && rf_slice_starts(name, word))
            rf_line_words_add(words, name);
        for (const rf_fus_lib_row *row = (*module)->rows; row->name && (dotted || !name.len); row++)
            if (rf_slice_starts(rf_slice_of(row->name), word))
                rf_line_words_add(words, rf_slice_of(row->name));
    }
}

void rf_repl_history_path(rf_buffer *path) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && state[0] == '/')
        rf_buffer_text(path, state);
    else if (home && home[0] == '/')
        rf_buffer_printf(path, "%s/.local/state", home);
    else
        return;
    rf_buffer_text(path, "/riffle");
    if (!rf_buffer_cstr(path))
        return;
    for (size_t i = 1; i <= path->len; i++) { /* each folder in turn; one that cannot be made is missed when the file is opened */
        char held = path->data[i];
        if (held != '/' && held != '\0')
            continue;
        path->data[i] = '\0';
        (void)mkdir(path->data, 0700);
        path->data[i] = held;
    }
    rf_buffer_text(path, "/fusabi_history");
}
