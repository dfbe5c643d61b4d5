/* harden.c: builtins frozen before any user's script runs, with the ways to assign over inherited names kept open. */
#include "script/javascript/internal.h"

#include <assert.h>

/*
 * Freezing a prototype makes `object.toString = …` fail in every object below it (the property is found, and is
 * read-only). For the names that scripts assign in practice the prototype gets an accessor that defines the
 * property on the object instead. Then everything reachable is frozen, and the engine's hidden prototypes too.
 * The script gets the objects of ours, and gives back helpers and one sample of each class.
 */
static const char harden_script[] =
    "(function (trap, ours) {\n"
    "'use strict';\n"
    "const { getOwnPropertyDescriptor: describe, getPrototypeOf: protoOf, defineProperty: define, freeze,\n"
    "        setPrototypeOf } = Object;\n"
    "const { ownKeys, apply } = Reflect;\n"
    "const replace = (holder, functions) => {\n"
    "  for (const name of ownKeys(functions))\n"
    "    define(holder, name, { value: functions[name], writable: true, enumerable: false, configurable: true });\n"
    "};\n"
    "const { cbrt, round } = Math; /* the system's cbrt(27) is not 3 */\n"
    "replace(Math, { cbrt(x) { const root = cbrt(x), whole = round(root); return whole * whole * whole === x ? whole : root; } });\n"
    /* Without Intl the engine compares code units. This is the order of the root locale for what keys and names hold:
     * blanks and signs, digits, letters; accents count when letters are equal, case when accents are, small first. */
    "const { normalize, toLowerCase } = String.prototype;\n"
    "const marks = /[\\u0300-\\u036f]/g;\n"
    "const rank = (c) => /\\d/.test(c) ? 2 : /\\p{L}/u.test(c) ? 3 : /\\s/.test(c) ? 0 : 1;\n"
    "const order = (a, b) => {\n"
    "  for (let i = 0; i < a.length && i < b.length; i++)\n"
    "    if (a[i] !== b[i]) return rank(a[i]) - rank(b[i]) || (a[i] < b[i] ? -1 : 1);\n"
    "  return a.length - b.length;\n"
    "};\n"
    "const sign = (n) => n < 0 ? -1 : n > 0 ? 1 : 0;\n"
    "const low = (text) => apply(toLowerCase, text, []);\n"
    "replace(String.prototype, { localeCompare(that) {\n"
    "  const a = apply(normalize, this, ['NFD']), b = apply(normalize, String(that), ['NFD']);\n"
    "  if (a === b) return 0;\n"
    "  const plainA = a.replace(marks, ''), plainB = b.replace(marks, '');\n"
    "  return sign(order(low(plainA), low(plainB)) || order(low(a), low(b)) || -order(a, b));\n"
    "} });\n"
    "const repair = (proto, names) => {\n"
    "  for (const name of names) {\n"
    "    const found = describe(proto, name);\n"
    "    if (!found || !('value' in found)) continue;\n"
    "    const value = found.value;\n"
    "    define(proto, name, {\n"
    "      get() { return value; },\n"
    "      set(next) {\n"
    "        if (this === proto) throw new TypeError(`cannot change builtin '${String(name)}'`);\n"
    "        define(this, name, { value: next, writable: true, enumerable: true, configurable: true });\n"
    "      },\n"
    "      enumerable: found.enumerable, configurable: false });\n"
    "  }\n"
    "};\n"
    "const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];\n"
    "for (const type of errors) repair(type.prototype, ['name', 'message', 'constructor', 'toString']);\n"
    "const common = ['constructor', 'toString', 'toLocaleString', 'valueOf', 'toJSON'];\n"
    "for (const type of [Array, Date, Map, Set, WeakMap, WeakSet, Promise, RegExp, Function, Number, String, Boolean,\n"
    "                    BigInt, Symbol, ArrayBuffer, SharedArrayBuffer, DataView, WeakRef, FinalizationRegistry, protoOf(Int8Array)])\n"
    "  repair(type.prototype, common);\n"
    "repair(Object.prototype, ownKeys(Object.prototype).filter((key) => key !== '__proto__'));\n"
    "setPrototypeOf(globalThis, trap);\n"
    "const generator = function* () {}, later = async function () {}, stream = async function* () {};\n"
    "const iterators = [[].values(), ''[Symbol.iterator](), new Map().entries(), new Set().entries(), ''.matchAll(/x/g),\n"
    "                   generator(), stream()];\n"
    "const queue = [globalThis, ...ours, protoOf(generator), protoOf(later), protoOf(stream), ...iterators.map(protoOf),\n"
    "               protoOf(Int8Array), (function () { 'use strict'; return describe(arguments, 'callee').get; })()];\n"
    "if (typeof Iterator === 'function') queue.push(protoOf([1].values().map((x) => x)), protoOf(Iterator.from({ next() {} })));\n"
    "const seen = new Set();\n"
    "const visit = (thing) => {\n"
    "  if ((typeof thing !== 'object' || thing === null) && typeof thing !== 'function') return;\n"
    "  if (!seen.has(thing)) { seen.add(thing); queue.push(thing); }\n"
    "};\n"
    "while (queue.length) {\n"
    "  const thing = queue.pop();\n"
    "  seen.add(thing);\n"
    "  visit(protoOf(thing));\n"
    "  for (const key of ownKeys(thing)) {\n"
    "    const found = describe(thing, key);\n"
    "    visit(found.value); visit(found.get); visit(found.set);\n"
    "  }\n"
    "  freeze(thing);\n"
    "}\n"
    "const { forEach: eachOfMap } = Map.prototype, { forEach: eachOfSet } = Set.prototype;\n"
    "const { getTime } = Date.prototype, number = Number.prototype.valueOf;\n"
    "const bool = Boolean.prototype.valueOf, symbol = Symbol.prototype.valueOf, big = BigInt.prototype.valueOf;\n"
    "const helpers = [\n"
    "  (map) => { const list = []; apply(eachOfMap, map, [(value, key) => { list[list.length] = [key, value]; }]); return list; },\n"
    "  (set) => { const list = []; apply(eachOfSet, set, [(value) => { list[list.length] = value; }]); return list; },\n"
    "  (box) => { for (const unbox of [number, bool, symbol, big]) try { return apply(unbox, box, []); } catch {} },\n"
    "  (date) => apply(getTime, date, []), (text) => BigInt(text), (ms) => new Date(ms), (buffer) => new Uint8Array(buffer),\n"
    "];\n"
    "const samples = [[1, []], [2, new Set()], [3, new Map()], [4, new Date(0)], [6, new Promise(() => {})], [7, new Proxy({}, {})],\n"
    "  [7, new Proxy(() => 0, {})], [8, new ArrayBuffer(1)], [9, new Uint8Array(1)],\n"
    "  ...[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array,\n"
    "    Float32Array, Float64Array].map((type) => [10, new type(1)]),\n"
    "  [11, Object(1)], [11, Object(true)], [11, Object(Symbol())], [11, Object(1n)], [12, Object('')]];\n"
    "return [samples, ...helpers];\n"
    "})";

static bool take_helpers(rf_js *js, JSValueConst list) {
    JSValue *const helpers[] = { &js->map_to_list, &js->set_to_list, &js->unbox, &js->date_ms,
                                 &js->to_bigint, &js->to_date, &js->to_bytes };
    for (uint32_t i = 0; i < sizeof helpers / sizeof *helpers; i++) {
        *helpers[i] = JS_GetPropertyUint32(js->ctx, list, i + 1);
        if (!JS_IsFunction(js->ctx, *helpers[i]))
            return false;
    }
    return true;
}

/* The class ids of the engine are no part of its interface: they are learnt from one object of each class. */
static bool learn_kind(rf_js *js, JSValueConst pair) {
    int32_t kind;
    JSValue number = JS_GetPropertyUint32(js->ctx, pair, 0);
    JSValue sample = JS_GetPropertyUint32(js->ctx, pair, 1);
    JSClassID id = JS_GetClassID(sample);
    bool ok = JS_ToInt32(js->ctx, &kind, number) == 0 && id != JS_INVALID_CLASS_ID && id < RF_JS_CLASSES;
    if (ok)
        js->kinds[id] = (uint8_t)kind;
    JS_FreeValue(js->ctx, sample);
    JS_FreeValue(js->ctx, number);
    return ok;
}

static bool learn_kinds(rf_js *js, JSValueConst list) {
    JSValue samples = JS_GetPropertyUint32(js->ctx, list, 0);
    bool ok = true;
    for (uint32_t i = 0; ok; i++) {
        JSValue pair = JS_GetPropertyUint32(js->ctx, samples, i);
        if (JS_IsUndefined(pair))
            break;
        ok = JS_IsObject(pair) && learn_kind(js, pair);
        JS_FreeValue(js->ctx, pair);
    }
    JS_FreeValue(js->ctx, samples);
    return ok;
}

/* The trap's own prototype is what the global object had: Object.prototype. */
static JSValue run_harden(rf_js *js, JSValueConst trap) {
    JSContext *ctx = js->ctx;
    JSValue function = JS_Eval(ctx, harden_script, sizeof harden_script - 1, "harden.js", JS_EVAL_TYPE_GLOBAL);
    JSValue ours = JS_NewArray(ctx);
    if (JS_IsException(function) || JS_IsException(ours))
        return JS_EXCEPTION;
    for (uint32_t i = 0, n = 0; i < js->global_count; i++)
        if (js->globals[i].lasting)
            JS_DefinePropertyValueUint32(ctx, ours, n++, JS_DupValue(ctx, js->globals[i].value), JS_PROP_C_W_E);
    JSValueConst arguments[] = { trap, ours };
    JSValue list = JS_Call(ctx, function, JS_UNDEFINED, 2, arguments);
    JS_FreeValue(ctx, ours);
    JS_FreeValue(ctx, function);
    return list;
}

bool rf_js_harden(rf_js *js) {
    assert(js->ctx);
    JSValue trap = JS_NewObjectProtoClass(js->ctx, js->object_prototype, RF_JS_CLASS_TRAP);
    JSValue list = JS_IsException(trap) ? JS_EXCEPTION : run_harden(js, trap);
    bool ok = !JS_IsException(list) && learn_kinds(js, list) && take_helpers(js, list);
    JS_FreeValue(js->ctx, list);
    JS_FreeValue(js->ctx, trap);
    return ok;
}
