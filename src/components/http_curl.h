/* http_curl.h: libcurl, loaded when a config speaks HTTP to others. */
#ifndef RF_COMPONENTS_HTTP_CURL_H
#define RF_COMPONENTS_HTTP_CURL_H

#include "base/library.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define RF_HTTP_CURL_FUNCTIONS(X)                                                                                        \
    X(curl_global_init) X(curl_easy_init) X(curl_easy_reset) X(curl_easy_setopt) X(curl_easy_getinfo) X(curl_easy_cleanup) X(curl_easy_pause) \
    X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init) X(curl_multi_setopt)              \
    X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_poll) X(curl_multi_wakeup)     \
    X(curl_multi_info_read) X(curl_multi_cleanup)

typedef struct rf_http_curl { RF_HTTP_CURL_FUNCTIONS(RF_LIBRARY_POINTER) } rf_http_curl;

/* Errors: RF_ENOTFOUND it is not installed; RF_EIO it does not start. */
RF_NODISCARD rf_code rf_http_curl_load(rf_http_curl *ret_curl, rf_error *reterr);

#endif
