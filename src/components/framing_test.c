/* framing_test.c: messages written and read back, whole and in pieces, and bytes that are none. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/framing.h"
#include "harness.h"

static bool comes_back(rf_framing framing, const char *content) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice text = rf_slice_of(content), got;
    size_t taken = 0;
    if (rf_framing_put(framing, &out, text, NULL))
        return false;
    if (out.failed)
        return rf_alloc_has_failed();
    for (size_t len = 0; len < out.len; len++)
        if (rf_framing_get(framing, (rf_slice){ out.data, len }, 100, &got, &taken, NULL) != RF_EAGAIN)
            return false;
    return !rf_framing_get(framing, rf_buffer_view(&out), 100, &got, &taken, NULL) && taken == out.len && rf_slice_eq(got, text);
}

RF_TEST(what_is_written_is_read_back_once_it_is_complete) {
    for (rf_framing framing = RF_FRAMING_LINES; framing <= RF_FRAMING_NETSTRING; framing++)
        rf_check(comes_back(framing, "hello") && comes_back(framing, "") && comes_back(framing, "1:,"));
    rf_check(comes_back(RF_FRAMING_NETSTRING, "a\nb") && comes_back(RF_FRAMING_LENGTH, "a\nb"));
    rf_check(!comes_back(RF_FRAMING_LINES, "a\nb"));
}

static rf_code get(rf_framing framing, const char *bytes) {
    rf_slice content;
    size_t taken;
    return rf_framing_get(framing, rf_slice_of(bytes), 4, &content, &taken, NULL);
}

RF_TEST(bytes_that_are_no_message_are_told) {
    rf_check(get(RF_FRAMING_NETSTRING, "x") == RF_EPARSE && get(RF_FRAMING_NETSTRING, ":,") == RF_EPARSE && get(RF_FRAMING_NETSTRING, "1:ab") == RF_EPARSE);
    rf_check(get(RF_FRAMING_NETSTRING, "99999999999999999999:") == RF_EPARSE && get(RF_FRAMING_NETSTRING, "5:abcde,") == RF_EPARSE);
    rf_check(get(RF_FRAMING_LINES, "abcde") == RF_EPARSE && get(RF_FRAMING_LINES, "abcd") == RF_EAGAIN);
    rf_check(get(RF_FRAMING_LENGTH, "\x7f\x7f\x7f\x7f") == RF_EPARSE);
}
