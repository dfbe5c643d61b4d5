/* multipart_test.c: bodies of several parts: sound ones, broken ones, and our own read back. */
#include "base/slice.h"
#include "components/multipart.h"
#include "harness.h"

RF_TEST(the_boundary_is_found_in_the_type) {
    rf_check_text(rf_multipart_boundary(RF_SLICE("multipart/form-data; boundary=B")), RF_SLICE("B"));
    rf_check_text(rf_multipart_boundary(RF_SLICE("Multipart/Mixed;charset=x; Boundary=\"a b\" ")), RF_SLICE("a b"));
    rf_check(rf_multipart_boundary(RF_SLICE("text/plain; boundary=B")).data == NULL);
    rf_slice none = rf_multipart_boundary(RF_SLICE("multipart/form-data"));
    rf_check(none.data && none.len == 0);
}

static rf_multipart_next nth(const char *body, int n, rf_slice *ret_content) {
    rf_multipart reader = { .body = rf_slice_of(body), .boundary = RF_SLICE("B") };
    rf_slice head = { 0 };
    rf_multipart_next next = RF_MULTIPART_BROKEN;
    for (int i = 0; i <= n; i++)
        next = rf_multipart_read(&reader, &head, ret_content);
    return next;
}

RF_TEST(parts_come_one_after_the_other) {
    static const char body[] = "preamble\r\n--B\r\nContent-Type: text/plain\r\n\r\none\r\n--B\r\n\r\ntw\r\no\r\n--B\r\n\r\n\r\n--B--\r\nrest";
    rf_slice content = { 0 };
    rf_check(nth(body, 0, &content) == RF_MULTIPART_PART);
    rf_check_text(content, RF_SLICE("one"));
    rf_check(nth(body, 1, &content) == RF_MULTIPART_PART);
    rf_check_text(content, RF_SLICE("tw\r\no"));
    rf_check(nth(body, 2, &content) == RF_MULTIPART_PART && content.len == 0);
    rf_check(nth(body, 3, &content) == RF_MULTIPART_END);
}

RF_TEST(what_breaks_off_or_has_no_divider_is_broken) {
    rf_slice content = { 0 };
    rf_check(nth("junk", 0, &content) == RF_MULTIPART_BROKEN);
    rf_check(nth("", 0, &content) == RF_MULTIPART_BROKEN);
    rf_check(nth("--B", 0, &content) == RF_MULTIPART_BROKEN);
    rf_check(nth("--B\r\n\r\none\r\n", 0, &content) == RF_MULTIPART_BROKEN);
    rf_check(nth("--B\r\nno empty line\r\n--B--", 0, &content) == RF_MULTIPART_BROKEN);
    rf_check(nth("--B--", 0, &content) == RF_MULTIPART_END);
    rf_check(nth("x--B\r\n\r\n\r\n--B", 0, &content) == RF_MULTIPART_BROKEN);
}

RF_TEST(what_is_put_together_is_read_back) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_multipart_writer writer;
    rf_slice head, content;
    rf_check(rf_multipart_begin(&writer, &out, NULL) == RF_OK);
    rf_multipart_put(&writer, RF_SLICE(""), RF_SLICE("a\n"));
    rf_multipart_put(&writer, RF_SLICE("X: y\r\n"), RF_SLICE("b"));
    rf_multipart_end(&writer);
    rf_check(!out.failed);
    rf_multipart reader = { .body = rf_buffer_view(&out), .boundary = rf_multipart_boundary(rf_slice_of(writer.type)) };
    rf_check(rf_multipart_read(&reader, &head, &content) == RF_MULTIPART_PART);
    rf_check_text(content, RF_SLICE("a\n"));
    rf_check(rf_multipart_read(&reader, &head, &content) == RF_MULTIPART_PART);
    rf_check_text(head, RF_SLICE("X: y\r\n\r\n"));
    rf_check_text(content, RF_SLICE("b"));
    rf_check(rf_multipart_read(&reader, &head, &content) == RF_MULTIPART_END);
}

/* Who has seen one body, and gives us content with what divided its parts, makes no part of the next. */
RF_TEST(content_forges_no_part) {
    RF_CLEANUP(rf_buffer_done) rf_buffer first = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer second = { 0 };
    rf_multipart_writer writer;
    rf_slice head, content;
    rf_check(rf_multipart_begin(&writer, &first, NULL) == RF_OK);
    rf_multipart_put(&writer, RF_SLICE(""), RF_SLICE("x"));
    rf_multipart_put(&writer, RF_SLICE(""), RF_SLICE("y"));
    rf_multipart_end(&writer);
    rf_check(!first.failed && rf_multipart_begin(&writer, &second, NULL) == RF_OK);
    rf_multipart_put(&writer, RF_SLICE(""), rf_buffer_view(&first));
    rf_multipart_end(&writer);
    rf_check(!second.failed);
    rf_multipart reader = { .body = rf_buffer_view(&second), .boundary = rf_multipart_boundary(rf_slice_of(writer.type)) };
    rf_check(rf_multipart_read(&reader, &head, &content) == RF_MULTIPART_PART);
    rf_check_text(content, rf_buffer_view(&first));
    rf_check(rf_multipart_read(&reader, &head, &content) == RF_MULTIPART_END);
}
