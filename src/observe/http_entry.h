/* http_entry.h: who may ask the HTTP service: basic authentication, and which web pages (CORS). */
#ifndef RF_OBSERVE_HTTP_ENTRY_H
#define RF_OBSERVE_HTTP_ENTRY_H

#include "observe/http.h"

#include <microhttpd.h>

typedef struct rf_http_entry {
    rf_http_entry_options options;
    rf_password_memory memory; /* of what was right the last time; the service's thread's */
} rf_http_entry;

/* Whether the request goes on to whoever answers its path. Otherwise rf_http_entry_answer() is for it, once its body was read.
 * Thread: the service's. Cost: that of the password's algorithm, once for each password that is right and always for wrong ones. */
bool rf_http_entry_passes(rf_http_entry *entry, struct MHD_Connection *connection, const char *method);
enum MHD_Result rf_http_entry_answer(rf_http_entry *entry, struct MHD_Connection *connection, const char *method);

/* As MHD_queue_response(), with the headers that tell a browser to show the answer to the page that asked. Any server of ours: the
 * socket's context is an rf_http_entry, or NULL. */
enum MHD_Result rf_http_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);
/* MHD_OPTION_NOTIFY_CONNECTION's, its argument the rf_http_entry: puts it there. */
void rf_http_entry_notify(void *entry, struct MHD_Connection *connection, void **socket_context, enum MHD_ConnectionNotificationCode code);

#endif
