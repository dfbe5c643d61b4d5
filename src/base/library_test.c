/* library_test.c: libraries that are there, that are not, and that lack a function. */
#include "harness.h"

#include "base/library.h"
#include "base/slice.h"

#include <math.h>
#include <string.h>

#define FUNCTIONS(X) X(cos) X(sin)
typedef struct math_api {
    FUNCTIONS(RF_LIBRARY_POINTER)
} math_api;
#define SYMBOL(name) RF_LIBRARY_SYMBOL(math_api, name)
static const rf_symbol symbols[] = { FUNCTIONS(SYMBOL) { 0 } };

RF_TEST(functions_are_found) {
    math_api api = { 0 };
    rf_check(!rf_library_load("libm.so.6", "libc6", symbols, &api, NULL));
    rf_check(api.cos && api.sin && api.cos(0) == 1.0 && api.sin(0) == 0.0);
}

RF_TEST(a_library_that_is_not_installed_is_named) {
    math_api api = { 0 };
    rf_error error = { 0 };
    rf_check(rf_library_load("libriffle-none.so.7", "libriffle-none7", symbols, &api, &error) == RF_ENOTFOUND);
    rf_check(strstr(error.message, "cannot load the library libriffle-none.so.7"));
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("install the package `libriffle-none7`"));
}

RF_TEST(a_function_that_it_lacks_is_named) {
    static const rf_symbol wrong[] = { { "cos", offsetof(math_api, cos) }, { "rf_cosine", offsetof(math_api, sin) }, { 0 } };
    math_api api = { 0 };
    rf_error error = { 0 };
    rf_check(rf_library_load("libm.so.6", "libc6", wrong, &api, &error) == RF_ENOTFOUND);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the library libm.so.6 has no function rf_cosine"));
}
