/* json_complaint.c: why a text is no JSON, in the words that users of the original know. */
#include "message/json_complaint.h"

#include "message/json_scan.h"

#include <assert.h>
#include <stdio.h>

/* The value at the front is passed. False: there is none, `out` says why. */
static bool pass_value(rf_json_scan *scan, rf_slice *text, bool *ret_none, char *out, size_t size) {
    size_t used = 0;
    rf_json_scanned got = rf_json_scan_feed(scan, *text, &used);
    text->data += used;
    text->len -= used;
    if (got == RF_JSON_MORE)
        got = rf_json_scan_end(scan);
    *ret_none = got == RF_JSON_MORE;
    if (got == RF_JSON_DONE)
        return true;
    (void)snprintf(out, size, "%s", *ret_none ? "EOF" : scan->fault);
    return false;
}

void rf_json_complaint(rf_slice text, char *out, size_t size) {
    rf_json_scan scan = { 0 };
    bool none = false;
    assert(out && size);
    if (!pass_value(&scan, &text, &none, out, size))
        return;
    if (pass_value(&scan, &text, &none, out, size))
        (void)snprintf(out, size, "message contains multiple valid documents");
    else if (none)
        (void)snprintf(out, size, "a number or text in it cannot be held");
}
