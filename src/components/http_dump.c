/* http_dump.c: requests and answers in the log, for those who look for a fault (`dump_request_log_level`). */
#include "components/http_client.h"

#include "base/slice.h"

#include <microhttpd.h> /* the names of statuses */
#include <stdio.h>
#include <strings.h>

#define SHOWN_BYTES ((size_t)2 << 10)

const char *const rf_http_dump_levels[] = { "", "OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", NULL };

static rf_slice cut(rf_slice text) {
    rf_slice shown = { text.data, text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES };
    return shown.data ? shown : RF_SLICE("");
}

/* Without what proves who we are; what libcurl adds is not among them. */
static void put_headers(const rf_http_task *task, rf_buffer *out) {
    static const char secret[] = "Authorization:";
    for (const struct curl_slist *header = task->headers; header; header = header->next)
        if (strncasecmp(header->data, secret, sizeof secret - 1) != 0)
            rf_buffer_printf(out, "%s%s", out->len ? "\n" : "", header->data);
}

void rf_http_task_dump(const rf_http_client *client, const rf_http_task *task, const char *failure) {
    const rf_env *env = client->env;
    const rf_log_level level = (rf_log_level)(client->conf->dump_level - 1); /* "" and OFF are no level */
    if (client->conf->dump_level <= 1 || task->plain || !env->log || !rf_log_enabled(env->log, level))
        return;
    RF_CLEANUP(rf_buffer_done) rf_buffer headers = { 0 };
    char status[80];
    put_headers(task, &headers);
    if (failure)
        (void)snprintf(status, sizeof status, "none: %.70s", failure);
    else
        (void)snprintf(status, sizeof status, "%ld %.60s", task->status, MHD_get_reason_phrase_for((unsigned)task->status));
    const rf_log_field fields[] = {
        { "verb", task->verb }, { "url", cut(task->url) }, { "headers", cut(rf_buffer_view(&headers)) }, { "body", cut(task->body) },
        { "status", rf_slice_of(status) }, { "answer_headers", cut(rf_slice_trim(rf_buffer_view(&task->head))) }, { "answer", cut(rf_buffer_view(&task->answer)) },
    };
    rf_log_write_fields(env->log, level, &env->origin, RF_SLICE("HTTP request and its answer"), fields, sizeof fields / sizeof *fields);
}
