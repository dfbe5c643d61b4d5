/* term_common.c: what the parts of `riffle term` share. */
#include "cli/term.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/source.h"
#include "cli/script.h"
#include "message/json.h"
#include "terminal/cells.h"
#include "terminal/params.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool misfit(const rf_cli_term *term, size_t least) {
    if (term->word_count < least)
        (void)rf_cli_misuse(term->part, term->word_count ? "an argument is missing behind %s" : "an argument is missing%s",
                            term->word_count ? term->words[term->word_count - 1] : "");
    return term->word_count < least;
}

bool rf_cli_term_parse(rf_cli_term *term, const rf_command *part, int argc, char **argv, rf_cli_term_take *take, void *options,
                       size_t least, size_t most) {
    assert(term && part);
    const rf_cli_option *option;
    const char *value = NULL;
    rf_cli_args args = { .command = part, .argc = argc, .argv = argv, .at = 1 };
    *term = (rf_cli_term){ .part = part, .conn = { .fd = -1 } };
    rf_arena_init(&term->arena, 8192);
    term->words = rf_arena_zero(&term->arena, (size_t)argc + 1, sizeof *term->words);
    if (!term->words) {
        (void)rf_cli_misuse(part, "out of memory");
        return false;
    }
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END; value = NULL) {
        if (kind == RF_CLI_WRONG)
            return false;
        if (kind == RF_CLI_OPTION && !(take && take(term, options, option->name, value)))
            return false;
        if (kind == RF_CLI_WORD && term->word_count == most) {
            (void)rf_cli_misuse(part, "unexpected argument %s", value);
            return false;
        }
        if (kind == RF_CLI_WORD)
            term->words[term->word_count++] = value;
    }
    return !misfit(term, least);
}

void rf_cli_term_done(rf_cli_term *term) {
    rf_term_conn_done(&term->conn);
    rf_buffer_done(&term->params);
    rf_arena_done(&term->arena);
}

rf_code rf_cli_term_connect(rf_cli_term *term, unsigned flags) {
    if (term->conn.fd >= 0)
        return RF_OK;
    rf_code code = rf_term_socket_path(&term->arena, &term->socket, &term->error);
    return code ? code : rf_term_connect(term->socket, flags, &term->conn, &term->error);
}

rf_code rf_cli_term_call(rf_cli_term *term, const char *method) {
    rf_slice params;
    rf_code code = rf_cli_term_connect(term, RF_TERM_AUTOSTART);
    if (!code && !rf_params_end(&term->params, &params))
        code = rf_raise_nomem(&term->error);
    if (!code)
        code = rf_term_call(&term->conn, method, params, &term->arena, &term->result, &term->error);
    rf_buffer_clear(&term->params);
    return code;
}

int rf_cli_term_fail(const rf_cli_term *term) {
    const rf_error *error = &term->error;
    rf_buffer out = { 0 };
    rf_source_show(&out, NULL, error, rf_cli_colours());
    (void)rf_cli_flush(&out, STDERR_FILENO);
    return error->code == RF_ECONFIG || error->code == RF_EPARSE ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

int rf_cli_term_status(const rf_cli_term *term, rf_code code) { return code ? rf_cli_term_fail(term) : RF_EXIT_DONE; }

int rf_cli_term_print(rf_cli_term *term, rf_buffer *out) {
    bool full = out->failed;
    if (rf_cli_flush(out, STDOUT_FILENO))
        return RF_EXIT_DONE;
    (void)(full ? rf_raise_nomem(&term->error) : rf_raise(&term->error, RF_EIO, "standard output cannot be written"));
    return rf_cli_term_fail(term);
}

int rf_cli_term_print_json(rf_cli_term *term, const rf_value *value) {
    rf_buffer out = { 0 };
    rf_code code = rf_json_write(&out, value, 0, &term->error);
    rf_buffer_char(&out, '\n');
    if (!code)
        return rf_cli_term_print(term, &out);
    rf_buffer_done(&out);
    return rf_cli_term_fail(term);
}

bool rf_cli_term_number(const rf_cli_term *term, const char *option, const char *value, int64_t least, int64_t most, int64_t *ret_number) {
    if (rf_number_parse_i64(rf_slice_of(value), ret_number) && *ret_number >= least && *ret_number <= most)
        return true;
    (void)rf_cli_misuse(term->part, "--%s %s is no number from %" PRId64 " to %" PRId64, option, value, least, most);
    return false;
}

bool rf_cli_term_time(const rf_cli_term *term, const char *option, const char *value, int64_t *ret_ms) {
    uint64_t ns;
    if (rf_clock_parse_duration(rf_slice_of(value), &ns) && ns / RF_NS_PER_MS <= INT32_MAX) {
        *ret_ms = (int64_t)(ns / RF_NS_PER_MS);
        return true;
    }
    (void)rf_cli_misuse(term->part, "--%s %s is no time, such as 500ms, 30s or 5m", option, value);
    return false;
}

/* ---- Tables ---- */

void rf_cli_term_cell(rf_buffer *out, rf_slice text, size_t columns) {
    rf_cells_blanks(out, columns - rf_cells_put(out, text, columns) + 1);
}

void rf_cli_term_last_cell(rf_buffer *out, rf_slice text) {
    (void)rf_cells_put(out, text, SIZE_MAX);
    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    rf_buffer_char(out, '\n');
}

rf_slice rf_cli_term_when(rf_cli_term *term, const rf_value *map, const char *name) {
    char text[40];
    struct tm local;
    int64_t ms = rf_answer_integer(map, name, 0);
    rf_slice told = rf_answer_text(map, name);
    if (told.len && !rf_clock_parse_rfc3339(told, &ms))
        return told;
    time_t seconds = (time_t)(ms / 1000);
    if (ms <= 0 || !localtime_r(&seconds, &local) || !strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local))
        return RF_SLICE("-");
    rf_slice copy = rf_slice_dup_in(&term->arena, rf_slice_of(text));
    return copy.data ? copy : RF_SLICE("-");
}
