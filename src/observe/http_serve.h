/* http_serve.h: an HTTP server of one's own for one mount: all other paths are not found. */
#ifndef RF_OBSERVE_HTTP_SERVE_H
#define RF_OBSERVE_HTTP_SERVE_H

#include "observe/http_mount.h"
#include "observe/listen.h"

/*
 * Listens on `address` and serves until MHD_stop_daemon(), before which no connection may be suspended.
 *
 * Owner:  `mount` outlives the server.
 * Errors: as rf_listen_open(); RF_EIO the system gives no thread.
 */
RF_NODISCARD rf_code rf_http_serve(const rf_http_mount *mount, rf_slice address, struct MHD_Daemon **ret_daemon,
                                   char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr);

/* Answers with a line of text, or nothing for "". `header` NULL: no further header. */
enum MHD_Result rf_http_say(struct MHD_Connection *connection, unsigned status, const char *words, const char *header, const char *value);
/* One more header of an answer; views, terminated. */
typedef struct rf_http_header { const char *name, *value; } rf_http_header;
/* Answers with a body, which is copied, and headers: its type first. */
enum MHD_Result rf_http_give(struct MHD_Connection *connection, unsigned status, rf_slice body, const rf_http_header *headers, size_t count);

#endif
