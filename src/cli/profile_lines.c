/* profile_lines.c: the scripts that were seen at work, each with the time of its lines. */
#include "cli/profile.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/table.h"
#include "script/fusabi/files.h"

#include <string.h>

static const char cut_mark[] = "…"; /* stands for the front of a path that was too long for a frame */

typedef struct scripts {
    rf_arena arena;
    rf_table seen; /* files as frames have them, and paths that were shown */
    const rf_profile *profile;
    const char *file;
    bool colour;
} scripts;

static void scripts_done(scripts *self) {
    rf_table_done(&self->seen);
    rf_arena_done(&self->arena);
}

/* True the first time. */
static bool is_first(scripts *self, const char *name, bool *ret_failed) {
    rf_slice key = rf_slice_of(name);
    if (rf_table_get(&self->seen, key))
        return false;
    *ret_failed |= !rf_table_put(&self->seen, key, self);
    return !*ret_failed;
}

/* Where the text of a frame's file lies. */
static const char *path_of(const scripts *self, const char *file) {
    size_t mark = sizeof cut_mark - 1;
    bool is_cut = strncmp(file, cut_mark, mark) == 0;
    return is_cut && rf_slice_ends(rf_slice_of(self->file), rf_slice_of(file + mark)) ? self->file : file;
}

static rf_code show(scripts *self, const char *file, rf_buffer *out, rf_error *reterr) {
    bool failed = false;
    rf_slice text = { 0 };
    rf_error unheard;
    if (!file[0] || !is_first(self, file, &failed))
        return failed ? rf_raise_nomem(reterr) : RF_OK;
    const char *path = path_of(self, file);
    if (path != file && !is_first(self, path, &failed))
        return failed ? rf_raise_nomem(reterr) : RF_OK;
    rf_code code = rf_fus_file_read(&self->arena, path, &text, &unheard);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    rf_buffer_char(out, '\n');
    if (code)
        rf_buffer_printf(out, "%s: its text is not there, so its lines cannot be shown\n", path);
    else
        (void)rf_lines_write(self->profile, path, text, self->colour, out);
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_cli_profile_lines(const rf_profile *profile, const char *file, bool colour, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(scripts_done) scripts self = { .profile = profile, .file = file, .colour = colour };
    rf_arena_init(&self.arena, 65536);
    rf_code code = RF_OK;
    for (size_t i = 0; i < profile->count && !code; i++)
        for (uint32_t k = 0; k < profile->stacks[i].script_count && !code; k++)
            code = show(&self, profile->stacks[i].script[k].file, out, reterr);
    return code;
}
