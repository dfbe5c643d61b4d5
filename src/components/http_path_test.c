/* http_path_test.c: patterns with names, and the paths that they match. */
#include "base/slice.h"
#include "components/http_path.h"
#include "harness.h"

static bool matches(const char *pattern, const char *path, const char *value) {
    rf_http_path_param params[RF_HTTP_PATH_NAMES_MAX];
    size_t count = 0;
    if (!rf_http_path_match(rf_slice_of(pattern), rf_slice_of(path), params, &count))
        return false;
    return value ? count > 0 && rf_slice_is(params[count - 1].value, value) : count == 0;
}

static bool sound(const char *pattern) { return rf_http_path_check(rf_slice_of(pattern), NULL) == RF_OK; }

RF_TEST(a_plain_path_matches_itself_alone) {
    rf_check(matches("/post", "/post", NULL));
    rf_check(!matches("/post", "/post/", NULL) && !matches("/post", "/pos", NULL) && !matches("/post", "/postx", NULL) && !matches("/post", "", NULL));
}

RF_TEST(a_name_takes_a_segment_or_a_part_of_one) {
    rf_check(matches("/p/{id}/x", "/p/17/x", "17"));
    rf_check(matches("/p/{id}.json", "/p/a.json", "a"));
    rf_check(matches("/{a}/{b}", "/1/2", "2"));
    rf_check(!matches("/p/{id}/x", "/p//x", "") && !matches("/p/{id}", "/p/a/b", "a") && !matches("/p/{id}", "/p/", ""));
}

RF_TEST(a_rest_takes_all_that_follows) {
    rf_check(matches("/f/{rest:.*}", "/f/a/b", "a/b"));
    rf_check(matches("/f/{rest:.*}", "/f/", ""));
    rf_check(!matches("/f/{rest:.*}", "/f", ""));
}

RF_TEST(patterns_that_are_wrong_are_told) {
    rf_check(sound("/post") && sound("/a/{b}/{c:.*}"));
    rf_check(!sound("") && !sound("post") && !sound("/{a") && !sound("/a}") && !sound("/{}") && !sound("/{a}/{a}") && !sound("/{a:[0-9]+}"));
}
