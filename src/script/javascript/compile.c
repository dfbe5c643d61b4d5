/* compile.c: a script's text to bytecode, in an interpreter of its own that is thrown away. */
#include "script/javascript/internal.h"
#include "script/words.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"

#include <assert.h>

#define COMPILE_RESERVE ((size_t)512 << 10)
#define COMPILE_STACK ((size_t)1 << 20)
#define COMPILE_LIMIT ((size_t)256 << 20)

/* An interpreter that only compiles. */
typedef struct compiler {
    rf_js_heap heap;
    JSRuntime *rt;
    JSContext *ctx;
    const rf_script_source *source;
    rf_buffer text; /* the wrapped script, NUL-terminated when in use */
} compiler;

/* What stands around the user's text. */
typedef struct wrapper { const char *before, *after; } wrapper;

/* A body as the original wraps it; the line break keeps the user's columns. `msg` as a parameter is faster to read
 * than a global, and nobody can tell the difference, unless one of `telltales` stands in the text. */
static const wrapper body_with_message = { "(function(msg){'use strict';\n", "})" };
static const wrapper body_without = { "(function(){'use strict';\n", "})" };
static const wrapper lines_with_message = { "(function(msg){'use strict';\n", "\n})" };
static const wrapper lines_without = { "(function(){'use strict';\n", "\n})" };
/* Compiles only if the text is a body by itself, and does not close the wrapper. */
static const wrapper body_alone = { "(function(){'use strict';{\n", "\n}})" };
static const wrapper body_declares_no_msg = { "(function(){'use strict';let msg;\n", "\n})" };
static const wrapper body_script = { "{(function(){'use strict';\n", "})()\n}" };
static const wrapper lines_script = { "{(function(){'use strict';\n", "\n})()\n}" };
static const wrapper program_itself = { "", "" };
static const wrapper strict_expression = { "(function(){'use strict';return (msg)=>(\n", "\n)})()" };
static const wrapper loose_expression = { "((msg)=>(\n", "\n))" };
static const wrapper bare_expression = { "(()=>(\n", "\n))" };
static const wrapper block = { "{\n", "\n}" };
static const wrapper strict_block = { "'use strict';{\n", "\n}" };

static const char *const telltales[] = { "arguments", "globalThis", "eval", "Function", "constructor", NULL };
static const char *const loose_words[] = { "this", "delete", "caller", NULL };

static rf_code compiler_init(compiler *self, rf_error *reterr) {
    if (!rf_js_heap_init(&self->heap, COMPILE_RESERVE))
        return rf_raise_nomem(reterr);
    self->heap.guarded = true;
    self->rt = JS_NewRuntime2(rf_js_heap_functions(), &self->heap);
    self->ctx = self->rt ? JS_NewContextRaw(self->rt) : NULL;
    if (!self->ctx)
        return rf_raise_nomem(reterr);
    JS_AddIntrinsicBaseObjects(self->ctx);
    JS_AddIntrinsicEval(self->ctx);
    JS_AddIntrinsicRegExpCompiler(self->ctx);
    JS_AddIntrinsicRegExp(self->ctx);
    JS_SetMaxStackSize(self->rt, COMPILE_STACK);
    JS_SetMemoryLimit(self->rt, COMPILE_LIMIT);
    return RF_OK;
}

static void compiler_done(compiler *self) {
    rf_buffer_done(&self->text);
    rf_js_heap_done(&self->heap);
}

/* Compiles `before` + text + `after`; JS_EXCEPTION with the exception pending. */
static JSValue compile(compiler *self, const char *first, wrapper around, rf_slice text) {
    rf_buffer_clear(&self->text);
    rf_buffer_text(&self->text, first);
    rf_buffer_text(&self->text, around.before);
    rf_buffer_slice(&self->text, text);
    rf_buffer_text(&self->text, around.after);
    const char *whole = rf_buffer_cstr(&self->text);
    if (!whole)
        longjmp(self->heap.escape, 1);
    return JS_Eval(self->ctx, whole, self->text.len, self->source->file, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
}

/* A trial: whether it compiles. Want of memory is no answer: it escapes. */
static bool compiles(compiler *self, wrapper around, rf_slice text) {
    JSValue code = compile(self, "", around, text);
    bool ok = !JS_IsException(code);
    if (!ok)
        JS_FreeValue(self->ctx, JS_GetException(self->ctx));
    JS_FreeValue(self->ctx, code);
    return ok;
}

static rf_code failure(compiler *self, uint32_t lines_before, rf_error *reterr) {
    JSValue thrown = JS_GetException(self->ctx);
    rf_js_describe(self->ctx, thrown, self->source, lines_before, reterr);
    JS_FreeValue(self->ctx, thrown);
    return RF_ESCRIPT;
}

static uint32_t lines_of(wrapper around) {
    uint32_t count = 0;
    for (const char *at = around.before; *at; at++)
        count += *at == '\n';
    return count;
}

/* Compiles for good, into `ret`. */
static rf_code emit(compiler *self, wrapper around, rf_slice text, rf_js_code *ret, rf_error *reterr) {
    ret->lines_before = lines_of(around);
    JSValue code = compile(self, "", around, text);
    if (JS_IsException(code))
        return failure(self, ret->lines_before, reterr);
    uint8_t *bytes = JS_WriteObject(self->ctx, &ret->size, code, JS_WRITE_OBJ_BYTECODE);
    JS_FreeValue(self->ctx, code);
    if (!bytes)
        return failure(self, ret->lines_before, reterr);
    ret->bytes = rf_alloc(ret->size);
    if (ret->bytes)
        memcpy(ret->bytes, bytes, ret->size);
    js_free(self->ctx, bytes);
    return ret->bytes ? RF_OK : rf_raise_nomem(reterr);
}

static bool keep_name(compiler *self, JSAtom atom, rf_js_code *ret) {
    const char *name = JS_AtomToCString(self->ctx, atom);
    ret->names[ret->name_count] = name ? rf_strdup(name) : NULL;
    JS_FreeCString(self->ctx, name);
    if (!ret->names[ret->name_count])
        return false;
    ret->name_count++;
    return true;
}

static bool global_names(compiler *self, JSPropertyEnum **ret_names, uint32_t *ret_count) {
    JSValue global = JS_GetGlobalObject(self->ctx);
    int done = JS_GetOwnPropertyNames(self->ctx, ret_names, ret_count, global, JS_GPN_STRING_MASK);
    JS_FreeValue(self->ctx, global);
    return done >= 0;
}

/* What stands on the global object from `first` on was declared by the script: names come in order of creation. */
static rf_code keep_names(compiler *self, uint32_t first, rf_js_code *ret, rf_error *reterr) {
    JSPropertyEnum *names;
    uint32_t count;
    if (!global_names(self, &names, &count))
        return failure(self, 0, reterr);
    ret->names = count > first ? rf_alloc_zero(count - first, sizeof *ret->names) : NULL;
    bool ok = count <= first || ret->names;
    for (uint32_t i = first; i < count && ok; i++)
        ok = keep_name(self, names[i].atom, ret);
    return ok ? RF_OK : rf_raise_nomem(reterr);
}

/* A script form declares its names before its first statement runs: with `throw` as that statement nothing else runs. */
static rf_code find_names(compiler *self, wrapper around, rf_slice text, rf_js_code *ret, rf_error *reterr) {
    JSPropertyEnum *before;
    uint32_t count;
    if (!global_names(self, &before, &count))
        return failure(self, 0, reterr);
    JSValue code = compile(self, "throw 0;", around, text);
    if (JS_IsException(code))
        return failure(self, lines_of(around), reterr);
    JSValue nothing = JS_EvalFunction(self->ctx, code);
    JS_FreeValue(self->ctx, nothing);
    JS_FreeValue(self->ctx, JS_GetException(self->ctx));
    return keep_names(self, count, ret, reterr);
}

static rf_code emit_script(compiler *self, wrapper around, rf_js_code *ret, rf_error *reterr) {
    ret->is_script = true;
    rf_code code = emit(self, around, self->source->text, ret, reterr);
    return code ? code : find_names(self, around, self->source->text, ret, reterr);
}

static rf_code compile_body(compiler *self, rf_js_code *ret, rf_error *reterr) {
    rf_slice text = self->source->text;
    bool lines = self->source->form == RF_SCRIPT_BODY_LINES;
    wrapper without = lines ? lines_without : body_without;
    JSValue plain = compile(self, "", without, text);
    if (JS_IsException(plain))
        return failure(self, lines_of(without), reterr);
    JS_FreeValue(self->ctx, plain);
    if (!compiles(self, body_alone, text))
        return emit_script(self, lines ? lines_script : body_script, ret, reterr);
    ret->takes_message = !rf_js_mentions(text, telltales) && compiles(self, body_declares_no_msg, text);
    wrapper with = lines ? lines_with_message : body_with_message;
    return emit(self, ret->takes_message ? with : without, text, ret, reterr);
}

/* Texts that mean something else as a statement than as an expression. */
static bool may_be_expression(rf_slice text) {
    static const char *const words[] = { "{", "function", "class", "async", "let", "" };
    rf_slice token = rf_js_first_token(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rf_slice_is(token, words[i]))
            return false;
    return true;
}

static bool is_strict(rf_slice text) {
    text = rf_js_skip_blanks(text);
    return rf_slice_starts(text, RF_SLICE("'use strict'")) || rf_slice_starts(text, RF_SLICE("\"use strict\""));
}

/* A strict function tells of writes to builtins that would be lost without a word. */
static rf_code compile_condition(compiler *self, rf_js_code *ret, rf_error *reterr) {
    rf_slice text = self->source->text;
    JSValue plain = compile(self, "", program_itself, text);
    if (JS_IsException(plain))
        return failure(self, 0, reterr);
    JS_FreeValue(self->ctx, plain);
    rf_slice expression = rf_js_strip_end(text);
    if (!may_be_expression(expression) || !compiles(self, bare_expression, expression))
        return emit_script(self, is_strict(text) ? strict_block : block, ret, reterr);
    ret->takes_message = !rf_js_mentions(text, telltales);
    bool strict = ret->takes_message && !rf_js_mentions(text, loose_words) && compiles(self, strict_expression, expression);
    wrapper around = strict ? strict_expression : ret->takes_message ? loose_expression : bare_expression;
    return emit(self, around, expression, ret, reterr);
}

static rf_code attempt(compiler *self, rf_js_code *made, rf_error *reterr) {
    rf_code code = compiler_init(self, reterr);
    if (code)
        return code;
    return self->source->form == RF_SCRIPT_CONDITION ? compile_condition(self, made, reterr) : compile_body(self, made, reterr);
}

static rf_code out_of_memory(const compiler *self, rf_error *reterr) {
    return self->heap.refused ? rf_raise(reterr, RF_ELIMIT, "script is too large to compile") : rf_raise_nomem(reterr);
}

rf_code rf_js_compile(const rf_script_source *source, rf_js_code *ret_code, rf_error *reterr) {
    assert(source && source->file && ret_code);
    rf_code code;
    rf_js_code made = { 0 };
    compiler self = { .source = source };
    if (_setjmp(self.heap.escape))
        code = out_of_memory(&self, reterr);
    else
        code = attempt(&self, &made, reterr);
    compiler_done(&self);
    if (code)
        rf_js_code_done(&made);
    else
        *ret_code = made;
    return code;
}

void rf_js_code_done(rf_js_code *code) {
    rf_free(code->bytes);
    for (size_t i = 0; i < code->name_count; i++)
        rf_free(code->names[i]);
    rf_free(code->names);
    *code = (rf_js_code){ 0 };
}
