/* top.h: what the files of `riffle top` share: what a host said, what it means, and the page it is shown on. */
#ifndef RF_CLI_TOP_H
#define RF_CLI_TOP_H

#include "base/table.h"
#include "base/vec.h"
#include "cli/command.h"
#include "message/value.h"
#include "riffle/error.h"

#define RF_TOP_HISTORY 60u /* rates that the sparkline shows */

/* ---- What a host said at one time (top_sample.c) ---- */

/* One series of /metrics. Texts live in the sample's arena. */
typedef struct rf_top_series {
    rf_slice key, name;     /* `name{labels}` */
    rf_slice labels;        /* `label="tags",path="root.pipeline.processors.0"` as written */
    size_t position;        /* in the host's order */
    bool histogram;
    double value;           /* counter, gauge; of a histogram its count */
    double sum, p50, p99;   /* of a histogram; quantiles 0: not known */
} rf_top_series;

typedef struct rf_top_sample {
    rf_arena arena;
    rf_table index;               /* `name{labels}` -> rf_top_series */
    RF_VEC(rf_top_series *) list; /* in the host's order */
    uint64_t at_ns;               /* monotonic */
    rf_value plugins, zones;      /* lists; RF_NULL: there are none */
    rf_error zones_error;         /* why there are no zones */
} rf_top_sample;

enum { RF_TOP_WITH_ZONES = 1u << 0 };
/* Asks the host. Errors: as rf_cli_plugin_http(); RF_EPARSE what it says is no answer of a host. */
RF_NODISCARD rf_code rf_top_sample_take(const char *url, unsigned flags, rf_top_sample **ret_sample, rf_error *reterr);
void rf_top_sample_free(rf_top_sample *sample); /* NULL is fine */
/* The sum of all series of that name; 0 when there are none. */
double rf_top_sample_sum(const rf_top_sample *sample, const char *name);
/* The value of a label as it is written, escapes and all; "" when there is none. */
rf_slice rf_top_label(const rf_top_series *series, const char *label);
/* A number of a map that the host sent; 0 when it is none. */
double rf_top_number(const rf_value *map, const char *name);
/* A text of it; "" when it is none. It may hold anything. */
rf_slice rf_top_string(const rf_value *map, const char *name);

/* ---- What that means (top_model.c) ---- */

typedef enum rf_top_view { RF_TOP_STAGES, RF_TOP_PLUGINS, RF_TOP_ZONES, RF_TOP_MEMORY, RF_TOP_VIEWS } rf_top_view;
typedef enum rf_top_sort { RF_TOP_BY_ORDER, RF_TOP_BY_TIME, RF_TOP_BY_CALLS, RF_TOP_BY_MEAN, RF_TOP_BY_P99, RF_TOP_SORTS } rf_top_sort;
extern const char *const rf_top_view_names[RF_TOP_VIEWS], *const rf_top_sort_names[RF_TOP_SORTS];

typedef struct rf_top {
    const char *url;
    uint64_t interval_ns;
    bool once, json;
    rf_top_sample *now, *before;  /* owned; before NULL: rates are not known yet */
    double rates[RF_TOP_HISTORY]; /* messages/s in, oldest first */
    size_t rate_count;
    rf_top_view view;
    rf_top_sort sort;
    size_t scroll, lines;         /* of the view: first line shown; how many there were when it was drawn */
    bool paused;
    rf_error waiting;             /* why the host does not answer; code RF_OK: it does */
    uint64_t waiting_since_ns;
} rf_top;

/* Takes the sample over: rates are between it and the one before it. */
void rf_top_take(rf_top *top, rf_top_sample *sample);
void rf_top_done(rf_top *top);

/* What the head shows; rates are 0 until there are two samples. Of a stream `in` and `out` are messages, of a terminal host bytes: what was typed, and
 * what programs wrote. */
typedef struct rf_top_rates {
    double in, out, errors, cpu_percent, rss_bytes, threads, uptime_s, sessions, clients;
    bool known, terminal;
} rf_top_rates;
rf_top_rates rf_top_rates_of(const rf_top *top);
/* Whether the host is one of terminals. */
bool rf_top_is_terminal(const rf_top *top);
/* How much a series grew a second; below 0: not known. */
double rf_top_growth(const rf_top *top, const rf_top_series *series);

/* A stage, processor or output: what it did since the sample before. */
typedef struct rf_top_row {
    const rf_top_series *series;
    rf_slice owner, stage; /* "tags", "conditions[0].if"; stage "": the processor itself */
    double calls, mean_ns, share; /* calls a second; share of all processors' and outputs' time, 0..1 */
} rf_top_row;
typedef RF_VEC(rf_top_row) rf_top_rows;
/* In the order that `sort` says; views of the newest sample. False: out of memory. To be freed with rf_vec_done in any case. */
bool rf_top_rows_make(const rf_top *top, rf_top_rows *ret_rows) RF_NODISCARD;

/* ---- The page (top_page.c) ---- */

typedef enum rf_top_style {
    RF_TOP_NORMAL,
    RF_TOP_BOLD,
    RF_TOP_DIM,
    RF_TOP_HEAD,
    RF_TOP_GREEN,
    RF_TOP_YELLOW,
    RF_TOP_RED,
    RF_TOP_CYAN,
    RF_TOP_STYLES
} rf_top_style;

/* Lines that fit a terminal. Whatever is put has control characters taken out, so no host can give orders to the terminal. */
typedef struct rf_top_page {
    rf_buffer *out;
    bool plain;      /* no escapes, lines as long as they come */
    size_t columns;  /* of the terminal */
    size_t column;   /* where the line stands */
    size_t start;    /* of the line in `out` */
    size_t skip;     /* lines still to be left out, scrolled away */
    size_t room;     /* lines that still fit */
    size_t lines;    /* put so far, seen or not */
} rf_top_page;

void rf_top_put(rf_top_page *page, rf_slice text);
void rf_top_printf(rf_top_page *page, const char *format, ...) RF_PRINTF(2, 3);
/* Left in so many columns, cut with "…" (on a plain page never cut); and right. */
void rf_top_field(rf_top_page *page, rf_slice text, size_t width);
void rf_top_right(rf_top_page *page, const char *text, size_t width);
void rf_top_style_on(rf_top_page *page, rf_top_style style);
/* `self` of `part` is full, the rest of it lighter; both 0..1. */
void rf_top_bar(rf_top_page *page, double part, double self, size_t width);
void rf_top_end_line(rf_top_page *page);

#define RF_TOP_TEXT_MAX 24u
/* "140 ns", "2.6 us"; "1.23k", "4.5M"; "7.7 MiB": at most 9 columns. They return `out`. */
const char *rf_top_time(double ns, char out[RF_TOP_TEXT_MAX]);
const char *rf_top_count(double count, char out[RF_TOP_TEXT_MAX]);
const char *rf_top_bytes(double bytes, char out[RF_TOP_TEXT_MAX]);

/* ---- Views: each puts its lines, the heads of its columns apart (top_view.c, top_zones.c, top_memory.c) ---- */

void rf_top_head(const rf_top *top, rf_top_page *page);
void rf_top_stages_head(const rf_top *top, rf_top_page *page);
void rf_top_stages(const rf_top *top, rf_top_page *page);
void rf_top_plugins_head(const rf_top *top, rf_top_page *page);
void rf_top_plugins(const rf_top *top, rf_top_page *page);
void rf_top_zones_head(const rf_top *top, rf_top_page *page);
void rf_top_zones(const rf_top *top, rf_top_page *page);
void rf_top_memory_head(const rf_top *top, rf_top_page *page);
void rf_top_memory(const rf_top *top, rf_top_page *page);
/* True for series about memory and its collection. (top_memory.c) */
bool rf_top_is_memory(const rf_top_series *series);

/* All of it as one line of JSON (top_json.c). Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_top_json(const rf_top *top, rf_buffer *out, rf_error *reterr);

/* ---- Asking in a thread, so that a host that hangs does not hang the screen (top_poll.c) ---- */

typedef struct rf_top_poll rf_top_poll;
/* Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_top_poll_start(const char *url, uint64_t interval_ns, rf_top_poll **ret_poll, rf_error *reterr);
void rf_top_poll_stop(rf_top_poll *poll); /* NULL is fine */
/* Becomes readable when there is something to take. */
int rf_top_poll_fd(const rf_top_poll *poll);
/* The newest answer: a sample that is the caller's now, or (NULL) an error. False: nothing new. */
bool rf_top_poll_take(rf_top_poll *poll, rf_top_sample **ret_sample, rf_error *ret_error);
/* From the next answer on, which is asked for at once. */
void rf_top_poll_want(rf_top_poll *poll, unsigned flags);

/* The live view on a terminal, until `q` or a signal; returns an exit code (top_screen.c). */
int rf_top_screen(rf_top *top);

#endif
