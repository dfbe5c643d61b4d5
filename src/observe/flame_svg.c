/* flame_svg.c: a flame graph drawn as one SVG, which needs no script to be read and has search and zoom with one. */
#include "observe/flame.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "observe/profile_units.h"

#include <stdio.h>
#include <string.h>

/* Pixels. */
#define WIDTH 1200.0
#define SIDE 10.0
#define ROW 18.0
#define TOP 66.0
#define BOTTOM 34.0
#define LETTER 6.6      /* of the font below, at its size */
#define NARROWEST 0.15  /* what is narrower cannot be seen, and is left out with all on top of it */

/*
 * Zoom: a click makes a frame as wide as the picture, and all outside of it pale or gone. Search: frames whose text matches are filled, and their
 * share is told. Widths and places come from the marks data-x and data-w (shares of the whole), so that no state but the zoomed frame is kept.
 */
static const char script_text[] =
    "(function(){'use strict';\n"
    "var svg=document.documentElement,W=1180,S=10,frames=[].slice.call(svg.querySelectorAll('g.f')),\n"
    "found=document.getElementById('found'),reset=document.getElementById('reset'),search=document.getElementById('search'),\n"
    "detail=document.getElementById('detail'),words='';\n"
    "frames.forEach(function(g){g.x=+g.getAttribute('data-x');g.w=+g.getAttribute('data-w');g.d=+g.getAttribute('data-d');\n"
    "g.r=g.querySelector('rect');g.t=g.querySelector('text');g.tip=g.querySelector('title').textContent;g.n=g.tip.slice(0,g.tip.lastIndexOf(' ('));\n"
    "g.addEventListener('click',function(){zoom(g);});\n"
    "g.addEventListener('mouseover',function(){detail.textContent=g.tip;});\n"
    "g.addEventListener('mouseout',function(){detail.textContent='';});});\n"
    "function fit(g,w){var room=Math.floor((w-6)/6.6);g.t.textContent=room<3?'':g.n.length<=room?g.n:g.n.slice(0,room-2)+'..';}\n"
    "function zoom(to){var e=1e-9;frames.forEach(function(g){\n"
    "var over=g.d<to.d&&g.x<=to.x+e&&g.x+g.w>=to.x+to.w-e,within=g.d>=to.d&&g.x>=to.x-e&&g.x+g.w<=to.x+to.w+e;\n"
    "g.style.display=over||within?'':'none';g.style.opacity=over?0.45:1;if(!over&&!within)return;\n"
    "var x=over?S:S+(g.x-to.x)/to.w*W,w=over?W:g.w/to.w*W;\n"
    "g.r.setAttribute('x',x.toFixed(2));g.r.setAttribute('width',Math.max(w-0.5,0.1).toFixed(2));g.t.setAttribute('x',(x+3).toFixed(2));fit(g,w);});\n"
    "reset.style.display=to.d?'':'none';}\n"
    "function mark(text){var spans=[],share=0,end=-1,re=null;words=text;\n"
    "if(text){try{re=new RegExp(text,'i');}catch(err){re=new RegExp(text.replace(/[^\\w\\s]/g,'\\\\$&'),'i');}}\n"
    "frames.forEach(function(g){var hit=re!==null&&g.d>0&&re.test(g.n);g.classList.toggle('hit',hit);if(hit)spans.push([g.x,g.x+g.w]);});\n"
    "spans.sort(function(a,b){return a[0]-b[0]||b[1]-a[1];});\n"
    "spans.forEach(function(s){var from=Math.max(s[0],end);if(s[1]>from){share+=s[1]-from;end=s[1];}});\n"
    "found.textContent=text?'\"'+text+'\": '+(share*100).toFixed(1)+' %':'';search.textContent=text?'clear search':'search';}\n"
    "function ask(){if(words){mark('');return;}var text=window.prompt('Show frames that match (a regular expression):','');if(text)mark(text);}\n"
    "reset.addEventListener('click',function(){zoom(frames[0]);});search.addEventListener('click',ask);search.style.display='';\n"
    "document.getElementById('hint').style.display='';\n"
    "window.addEventListener('keydown',function(event){if(event.key==='Escape'){mark('');zoom(frames[0]);}\n"
    "else if(event.key==='/'||((event.ctrlKey||event.metaKey)&&event.key==='f')){event.preventDefault();ask();}});\n"
    "var asked=/[?&#]s=([^&]*)/.exec(window.location.href);if(asked)mark(decodeURIComponent(asked[1]));\n"
    "})();\n";

static const char style_text[] =
    "text{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:11px;fill:#1b1b1b}\n"
    ".title{font-family:Verdana,'DejaVu Sans',sans-serif;font-size:17px}\n"
    ".small{fill:#5c5c5c}\n"
    ".button{fill:#2257a8;cursor:pointer}\n"
    ".f{cursor:pointer}.f text{pointer-events:none}\n"
    ".f:hover rect{stroke:#000;stroke-width:1}\n"
    ".hit rect{fill:#d64bd0}\n";

/* What & and others stand for in markup; control characters, which XML has none of, are a blank. */
static void put_text(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        size_t len = rf_utf8_decode((rf_slice){ text.data + i, text.len - i }, &c);
        switch (len ? text.data[i] : 0) {
        case '&': rf_buffer_text(out, "&amp;"); break;
        case '<': rf_buffer_text(out, "&lt;"); break;
        case '>': rf_buffer_text(out, "&gt;"); break;
        case '"': rf_buffer_text(out, "&quot;"); break;
        default:
            if (len == 0 || c < ' ' || c == 0xfffe || c == 0xffff)
                rf_buffer_text(out, len ? " " : "\xef\xbf\xbd");
            else
                rf_buffer_append(out, text.data + i, len);
        }
        i += len ? len : 1;
    }
}

/* A number in thousands of its unit, whatever the locale's decimal sign. */
static void put_thousandths(rf_buffer *out, double value) {
    uint64_t thousandths = value > 0 ? (uint64_t)(value * 1000 + 0.5) : 0;
    rf_buffer_printf(out, "%llu.%03u", (unsigned long long)(thousandths / 1000), (unsigned)(thousandths % 1000));
}

/* A share of the whole in ten digits: the zoom compares sums of them. */
static void put_share(rf_buffer *out, const char *name, uint64_t part, uint64_t whole) {
    uint64_t share = whole ? (uint64_t)((double)part / (double)whole * 1e10 + 0.5) : 0;
    rf_buffer_printf(out, " %s=\"%llu.%010llu\"", name, (unsigned long long)(share / 10000000000u),
                     (unsigned long long)(share % 10000000000u));
}

/* Hues by kind, so that a script stands out from what carries it; shades by name, so that neighbours differ and a name looks the same everywhere. */
static void put_fill(rf_buffer *out, const rf_flame_node *node) {
    static const struct { unsigned hue, spread, saturation, light; } colours[RF_FRAME_KINDS] = {
        [RF_FRAME_NATIVE] = { 202, 18, 28, 74 },
        [RF_FRAME_STAGE] = { 100, 30, 42, 66 },
        [RF_FRAME_SCRIPT] = { 14, 32, 92, 62 },
    };
    uint32_t hash = rf_slice_hash(rf_slice_of(node->name));
    unsigned hue = colours[node->kind].hue + hash % colours[node->kind].spread;
    unsigned light = colours[node->kind].light + (hash >> 8) % 9;
    if (!node->parent)
        rf_buffer_text(out, " fill=\"#d9d9d9\"");
    else
        rf_buffer_printf(out, " fill=\"hsl(%u,%u%%,%u%%)\"", hue, colours[node->kind].saturation, light);
}

/* As much of the name as there is room for. */
static void put_name(rf_buffer *out, const char *name, double width) {
    rf_slice text = rf_slice_of(name);
    size_t room = width > 6 ? (size_t)((width - 6) / LETTER) : 0;
    if (room < 3)
        return;
    bool cut = rf_utf8_length(text) > room;
    size_t bytes = 0, letters = cut ? room - 2 : room;
    for (uint32_t c; bytes < text.len && letters > 0; letters--) {
        size_t len = rf_utf8_decode((rf_slice){ text.data + bytes, text.len - bytes }, &c);
        bytes += len ? len : 1;
    }
    put_text(out, (rf_slice){ text.data, bytes });
    rf_buffer_text(out, cut ? ".." : "");
}

typedef struct picture {
    rf_buffer *out;
    const rf_profile *profile;
    uint64_t whole;
    double height;
} picture;

static void put_tip(const picture *self, const rf_flame_node *node) {
    char value[RF_UNITS_MAX], share[RF_UNITS_MAX];
    rf_buffer_text(self->out, "<title>");
    put_text(self->out, rf_slice_of(node->name));
    rf_buffer_printf(self->out, " (%s, %s", rf_units_value(self->profile->kind, node->value, value),
                     rf_units_share(node->value, self->whole, share));
    if (node->self && node->self < node->value)
        rf_buffer_printf(self->out, "; %s of its own", rf_units_share(node->self, self->whole, share));
    rf_buffer_text(self->out, ")</title>");
}

static void put_node(const picture *self, const rf_flame_node *node, uint64_t from) {
    rf_buffer *out = self->out;
    double scale = self->whole ? (WIDTH - 2 * SIDE) / (double)self->whole : 0;
    double x = SIDE + (double)from * scale, width = self->whole ? (double)node->value * scale : WIDTH - 2 * SIDE;
    double y = self->height - BOTTOM - ROW * (node->depth + 1);
    rf_buffer_text(out, "<g class=\"f\"");
    put_share(out, "data-x", from, self->whole);
    put_share(out, "data-w", self->whole ? node->value : 1, self->whole ? self->whole : 1);
    rf_buffer_printf(out, " data-d=\"%u\">", node->depth);
    put_tip(self, node);
    rf_buffer_text(out, "<rect x=\"");
    put_thousandths(out, x);
    rf_buffer_text(out, "\" y=\"");
    put_thousandths(out, y);
    rf_buffer_text(out, "\" width=\"");
    put_thousandths(out, width > 0.6 ? width - 0.5 : width);
    rf_buffer_printf(out, "\" height=\"%d\" rx=\"2\"", (int)ROW - 1);
    put_fill(out, node);
    rf_buffer_text(out, "/><text x=\"");
    put_thousandths(out, x + 3);
    rf_buffer_text(out, "\" y=\"");
    put_thousandths(out, y + 12.5);
    rf_buffer_text(out, "\">");
    put_name(out, node->name, width);
    rf_buffer_text(out, "</text></g>\n");
}

/* All nodes, each beginning where its elder siblings end; what is too narrow to be seen is passed over. */
static void put_nodes(const picture *self, const rf_flame *flame) {
    uint64_t from = 0;
    const rf_flame_node *node = flame->root;
    while (node) {
        bool seen = !node->parent || (double)node->value * (WIDTH - 2 * SIDE) >= NARROWEST * (double)self->whole;
        if (seen)
            put_node(self, node, from);
        if (seen && node->children) {
            node = node->children;
            continue;
        }
        from += node->value;
        while (!node->next && node->parent) {
            node = node->parent;
            for (const rf_flame_node *inner = node->children; inner; inner = inner->next)
                from -= inner->value;
            from += node->value;
        }
        node = node->next;
    }
}

static void put_legend(rf_buffer *out) {
    static const struct { const char *words, *fill; } rows[] = {
        { "script line", "hsl(26,92%,66%)" }, { "stage", "hsl(112,42%,70%)" }, { "native", "hsl(208,28%,78%)" },
    };
    int x = (int)SIDE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_buffer_printf(out,
                         "<rect x=\"%d\" y=\"42\" width=\"11\" height=\"11\" rx=\"2\" fill=\"%s\"/><text x=\"%d\" y=\"52\">%s</text>\n", x,
                         rows[i].fill, x + 16, rows[i].words);
        x += 16 + (int)(LETTER * (double)strlen(rows[i].words)) + 22;
    }
}

static void put_head(const picture *self, const char *title) {
    char value[RF_UNITS_MAX];
    rf_buffer *out = self->out;
    rf_buffer_printf(out,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
                     (int)WIDTH, (int)self->height, (int)WIDTH, (int)self->height);
    rf_buffer_printf(out, "<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fbfaf7\"/>\n", style_text);
    rf_buffer_printf(out, "<text class=\"title\" x=\"%d\" y=\"26\">", (int)SIDE);
    put_text(out, rf_slice_of(title ? title : ""));
    rf_buffer_printf(out, "</text>\n<text class=\"small\" x=\"%d\" y=\"26\" text-anchor=\"end\">%s: %s", (int)(WIDTH - SIDE),
                     self->profile->kind, rf_units_value(self->profile->kind, self->whole, value));
    if (self->profile->duration_ns)
        rf_buffer_printf(out, " in %s", rf_units_value("cpu", self->profile->duration_ns, value));
    if (self->profile->lost)
        rf_buffer_printf(out, ", %llu samples lost", (unsigned long long)self->profile->lost);
    rf_buffer_text(out, "</text>\n");
    put_legend(out);
    rf_buffer_printf(out,
                     "<text id=\"reset\" class=\"button\" x=\"%d\" y=\"52\" style=\"display:none\">reset zoom</text>\n"
                     "<text id=\"found\" x=\"%d\" y=\"52\" text-anchor=\"end\"></text>\n"
                     "<text id=\"search\" class=\"button\" x=\"%d\" y=\"52\" text-anchor=\"end\" style=\"display:none\">search</text>\n",
                     480, (int)(WIDTH - SIDE) - 110, (int)(WIDTH - SIDE));
}

void rf_flame_draw(const rf_flame *flame, const rf_profile *profile, const char *title, rf_buffer *out) {
    picture self = { .out = out, .profile = profile, .whole = flame->root->value, .height = TOP + BOTTOM + ROW * (flame->depth + 1) };
    put_head(&self, title);
    put_nodes(&self, flame);
    rf_buffer_printf(out, "<text id=\"detail\" x=\"%d\" y=\"%d\"></text>\n", (int)SIDE, (int)self.height - 12);
    rf_buffer_printf(out, "<text id=\"hint\" class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\" style=\"display:none\">%s</text>\n",
                     (int)(WIDTH - SIDE), (int)self.height - 12, "click: zoom, / search, Esc reset");
    rf_buffer_printf(out, "<script><![CDATA[\n%s]]></script>\n</svg>\n", script_text);
}
