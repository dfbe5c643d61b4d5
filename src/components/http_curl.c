/* http_curl.c: loading libcurl. */
#include "components/http_curl.h"

#define SYMBOL(name) RF_LIBRARY_SYMBOL(rf_http_curl, name)
static const rf_symbol symbols[] = { RF_HTTP_CURL_FUNCTIONS(SYMBOL) { 0 } };

rf_code rf_http_curl_load(rf_http_curl *ret_curl, rf_error *reterr) {
    rf_http_curl curl = { 0 };
    rf_code code = rf_library_load("libcurl.so.4", "libcurl4", symbols, &curl, reterr);
    if (code)
        return code;
    if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* counts; has been thread-safe since 7.84 */
        return rf_raise(reterr, RF_EIO, "libcurl does not start");
    *ret_curl = curl;
    return RF_OK;
}
