/* http_serve.c: a server for one mount, one polling thread. */
#include "observe/http_serve.h"

#include "base/alloc.h"
#include "observe/http_entry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Of silence, while a request is coming or an answer going out; one that waits for its answer is not counted. */
#define CONNECTION_SECONDS 10u
#define CONNECTION_BYTES ((size_t)32 * 1024)
#define THREAD_STACK_BYTES ((size_t)256 * 1024)

enum MHD_Result rf_http_say(struct MHD_Connection *connection, unsigned status, const char *words, const char *header, const char *value) {
    char text[400];
    int len = words[0] ? snprintf(text, sizeof text, "%s\n", words) : 0;
    assert(len >= 0 && (size_t)len < sizeof text);
    struct MHD_Response *response = MHD_create_response_from_buffer((size_t)len, text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result good = response ? MHD_YES : MHD_NO;
    if (good && len) {
        good = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
        if (good)
            good = MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    }
    if (good && header)
        good = MHD_add_response_header(response, header, value);
    if (good)
        good = rf_http_queue(connection, status, response);
    if (response)
        MHD_destroy_response(response);
    return good; /* MHD_NO, no memory: the connection is closed */
}

enum MHD_Result rf_http_give(struct MHD_Connection *connection, unsigned status, rf_slice body, const rf_http_header *headers,
                             size_t count) {
    void *bytes = (void *)(uintptr_t)(body.len ? body.data : "");
    struct MHD_Response *response = MHD_create_response_from_buffer(body.len, bytes, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result good = response ? MHD_YES : MHD_NO;
    for (size_t i = 0; i < count && good; i++)
        good = MHD_add_response_header(response, headers[i].name, headers[i].value);
    if (good)
        good = rf_http_queue(connection, status, response);
    if (response)
        MHD_destroy_response(response);
    return good; /* MHD_NO, no memory: the connection is closed */
}

static const rf_http_owner nobody = RF_HTTP_NOBODY;

static rf_http_owner owner_of(const void *request) { return *(const rf_http_owner *)request; }

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_len, void **request) {
    const rf_http_front *front = arg;
    const rf_http_mount *mount = front->mount;
    rf_slice path = { url, strlen(url) };
    bool passes = !front->entry || rf_http_entry_passes(front->entry, connection, method);
    (void)version;
    if (*request ? owner_of(*request) == RF_HTTP_GUEST : passes && mount->wants(mount->arg, path))
        return mount->handle(mount->arg, connection, path, url, method, upload, upload_len, request);
    if (!*request || *upload_len) {
        *request = (void *)(uintptr_t)&nobody;
        *upload_len = 0; /* its body is not looked at */
        return MHD_YES;
    }
    return passes ? rf_http_say(connection, MHD_HTTP_NOT_FOUND, "404 page not found", NULL, NULL)
                  : rf_http_entry_answer(front->entry, connection, method);
}

static void request_done(void *arg, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why) {
    if (*request && owner_of(*request) == RF_HTTP_GUEST)
        rf_http_front_over(arg, connection, *request, why);
    *request = NULL;
}

static struct MHD_Daemon *start(void *server, int fd) {
    const rf_http_front *front = server;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_ALLOW_SUSPEND_RESUME | (fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0);
    return MHD_start_daemon(flags, 0, NULL, NULL, handle, server, MHD_OPTION_NOTIFY_COMPLETED, request_done, server,
                            MHD_OPTION_CONNECTION_LIMIT, front->mount->connections, MHD_OPTION_NOTIFY_CONNECTION, rf_http_entry_notify,
                            front->entry, MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK_BYTES,
                            fd < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
}

rf_code rf_http_serve(const rf_http_mount *mount, const rf_http_where *where, rf_http_front *front, char ret_name[RF_LISTEN_NAME_MAX],
                      rf_error *reterr) {
    front->mount = mount;
    if (where->origin_count && !(front->entry = rf_alloc_zero(1, sizeof *front->entry)))
        return rf_raise_nomem(reterr);
    if (front->entry)
        front->entry->options = (rf_http_entry_options){ .origins = where->origins, .origin_count = where->origin_count };
    rf_code code = rf_http_front_open(where, mount->connections, start, front, front, ret_name, reterr);
    if (code)
        rf_http_front_close(front);
    return code;
}
