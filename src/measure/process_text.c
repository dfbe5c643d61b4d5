/* process_text.c: texts of programs: a command taken apart, and what one said last (process_run.h). */
#include "measure/process_run.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_BYTES = 2048 }; /* of what it said; the end of that is shown */

/* ---- The command ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

rf_code rf_process_command_make(const char *text, bool shell, rf_arena *arena, rf_process_command *ret_command, rf_error *reterr) {
    assert(text && arena && ret_command);
    static const char shell_marks[] = "|&;<>()$`\\\"'*?[]#~=%\n";
    size_t len = strlen(text);
    *ret_command = (rf_process_command){ .text = text, .is_shell = shell && strpbrk(text, shell_marks) };
    char *copy = rf_strdup_in(arena, text);
    char **args = rf_arena_zero(arena, len / 2 + 5, sizeof *args); /* words and blanks take turns */
    if (!copy || !args)
        return rf_raise_nomem(reterr);
    size_t count = 0;
    if (ret_command->is_shell) {
        args[0] = rf_strdup_in(arena, "sh");
        args[1] = rf_strdup_in(arena, "-c");
        args[2] = copy;
        if (!args[0] || !args[1])
            return rf_raise_nomem(reterr);
        count = 3;
    }
    for (char *at = copy; !ret_command->is_shell && *at;) {
        while (is_blank(*at))
            *at++ = '\0';
        if (*at)
            args[count++] = at;
        while (*at && !is_blank(*at))
            at++;
    }
    ret_command->args = args;
    if (rf_slice_trim((rf_slice){ text, len }).len)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "the command is empty");
    rf_error_hint(reterr, "give a program and its arguments, as in --cmd 'jq . data.json'");
    return RF_ECONFIG;
}

/* ---- What it said ---- */

/* Where a whole character begins, at or behind `at`; a line's start if there is one not far behind. */
static rf_slice from_a_start(rf_slice text, size_t most) {
    if (text.len <= most)
        return text;
    rf_slice tail = { text.data + text.len - most, most };
    size_t line_end = rf_slice_find(tail, '\n');
    if (line_end < most / 2)
        return (rf_slice){ tail.data + line_end + 1, most - line_end - 1 };
    size_t skip = 0;
    while (skip < 3 && skip < tail.len && ((unsigned char)tail.data[skip] & 0xC0) == 0x80)
        skip++;
    return (rf_slice){ tail.data + skip, tail.len - skip };
}

/* Appends a character of the text, made harmless; returns how many of the text's bytes it was. */
static size_t copy_character(rf_slice text, char *out, size_t *len, size_t room) {
    uint32_t c;
    size_t bytes = rf_utf8_decode(text, &c);
    char piece[4];
    if (bytes && (c < 0x20 || (c >= 0x7F && c < 0xA0)))
        c = ' ';
    size_t more = rf_utf8_encode(bytes ? c : 0xFFFD, piece);
    bool is_doubled = c == ' ' && bytes && (*len == 0 || out[*len - 1] == ' ');
    if (!is_doubled && *len + more < room) {
        memcpy(out + *len, piece, more);
        *len += more;
    }
    return bytes ? bytes : 1;
}

void rf_process_said(int said, char *ret_text, size_t room) {
    assert(ret_text && room > 8);
    char tail[TAIL_BYTES];
    struct stat info;
    ret_text[0] = '\0';
    if (said < 0 || fstat(said, &info))
        return;
    off_t from = info.st_size > TAIL_BYTES ? info.st_size - TAIL_BYTES : 0;
    ssize_t got = pread(said, tail, sizeof tail, from);
    if (got <= 0)
        return;
    rf_slice all = rf_slice_trim((rf_slice){ tail, (size_t)got });
    /* An invalid byte takes three in the copy; a quarter of the room is kept for such. */
    rf_slice end = from_a_start(all, room - room / 4);
    size_t len = 0;
    if (end.len < all.len || from > 0) {
        memcpy(ret_text, "…", sizeof "…" - 1);
        len = sizeof "…" - 1;
    }
    while (end.len) {
        size_t bytes = copy_character(end, ret_text, &len, room);
        end = (rf_slice){ end.data + bytes, end.len - bytes };
    }
    ret_text[len] = '\0';
}
