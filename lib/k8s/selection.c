/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "k8s/names.h"
#include "k8s/object_key.h"

static int
compare_views(const void *a, const void *b)
{
    return evc_view_compare(*(const evc_view *)a, *(const evc_view *)b);
}

/* As the keys of their objects come (k8s/object_key.h): "a-b" before "a". */
static int
compare_namespaces(const void *a, const void *b)
{
    char rooms[2][EVC_OBJECT_KEY_MAX];

    return evc_view_compare(evc_object_key(*(char *const *)a, "", rooms[0]),
                            evc_object_key(*(char *const *)b, "", rooms[1]));
}

static size_t
count_of(evc_view text, uint8_t what)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == what;
    return count;
}

/* --- namespaces --- */

static int
add_namespace(evc_selection *s, evc_view name, evc_error **err)
{
    s->namespaces[s->namespace_count] = evc_mem_text(name.data, name.size);
    if (!s->namespaces[s->namespace_count])
        return evc_err_nomem(err);
    s->namespace_count++;
    return 0;
}

/* In order of lists, each once. */
static void
settle_namespaces(evc_selection *s)
{
    size_t kept = 0;

    if (s->namespace_count == 0)
        return;
    qsort(s->namespaces, s->namespace_count, sizeof(*s->namespaces),
          compare_namespaces);
    for (size_t i = 1; i < s->namespace_count; i++) {
        if (strcmp(s->namespaces[kept], s->namespaces[i]) == 0)
            evc_mem_free(s->namespaces[i]);
        else
            s->namespaces[++kept] = s->namespaces[i];
    }
    s->namespace_count = kept + 1;
}

static int
read_namespaces(evc_selection *s, const char *text, evc_error **err)
{
    evc_view all = evc_view_text(text);
    evc_cursor c = evc_cursor_of_view(all);
    char shown[EVC_SHOWN];
    int rc = 0;

    s->namespaces = evc_mem_new_array(count_of(all, ',') + 1, sizeof(*s->namespaces));
    if (!s->namespaces)
        return evc_err_nomem(err);
    do {
        evc_view name = evc_cursor_until(&c, ',');

        evc_encode_shown(name, shown);
        if (!evc_kube_is_label(name))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "\"%s\" cannot be the name of a namespace", shown);
        rc = add_namespace(s, name, err);
    } while (rc == 0 && s->namespace_count <= count_of(all, ','));
    settle_namespaces(s);
    return rc;
}

/* *at: which one, where some were given. */
static bool
has_namespace(const evc_selection *s, evc_view ns, size_t *at)
{
    for (*at = 0; s->namespaces && *at < s->namespace_count; (*at)++) {
        if (evc_view_is_text(ns, s->namespaces[*at]))
            return true;
    }
    return !s->namespaces;
}

/* --- the file of names --- */

static evc_view
trimmed(evc_view line)
{
    while (line.size > 0 &&
           (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' '))
        line.size--;
    return line;
}

/* "ns/name" of a line; its namespace is empty where there is no slash. */
static int
add_line(evc_selection *s, evc_view line, size_t number, const char *path,
         evc_buf *keys, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(line);
    bool has_ns = count_of(line, '/') > 0;
    evc_view ns = has_ns ? evc_cursor_until(&c, '/') : evc_view_of(NULL, 0);
    evc_view name = evc_cursor_bytes(&c, evc_cursor_left(&c));
    size_t at;

    if ((has_ns && !evc_kube_is_label(ns)) || !evc_kube_is_subdomain(name))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "line %zu of %s is not NAMESPACE/NAME of an object", number,
                       path);
    if (!has_namespace(s, ns, &at))
        return 0;
    evc_buf_put_view(keys, ns);
    evc_buf_put_u8(keys, '/');
    evc_buf_put_view(keys, name);
    evc_buf_put_u8(keys, '\n');
    s->name_count++;
    return evc_buf_check(keys, err);
}

static int
read_lines(evc_selection *s, evc_view file, const char *path, evc_buf *keys,
           evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(file);
    size_t number = 0;
    int rc = 0;

    while (rc == 0 && evc_cursor_left(&c) > 0) {
        evc_view line = trimmed(evc_cursor_until(&c, '\n'));

        number++;
        if (line.size > 0 && line.data[0] != '#')
            rc = add_line(s, line, number, path, keys, err);
    }
    if (rc == 0 && s->name_count == 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "%s names no object of those that are selected", path);
    return rc;
}

/* The keys as views, in order, each once. */
static int
sort_keys(evc_selection *s, evc_error **err)
{
    evc_cursor c = evc_cursor_of(s->text, s->text_size);
    size_t kept = 0;

    s->names = evc_mem_new_array(s->name_count, sizeof(*s->names));
    if (!s->names)
        return evc_err_nomem(err);
    for (size_t i = 0; i < s->name_count; i++)
        s->names[i] = evc_cursor_until(&c, '\n');
    qsort(s->names, s->name_count, sizeof(*s->names), compare_views);
    for (size_t i = 1; i < s->name_count; i++) {
        if (!evc_view_equal(s->names[kept], s->names[i]))
            s->names[++kept] = s->names[i];
    }
    s->name_count = kept + 1;
    return 0;
}

/* Those of the names, in the place of those that were given. */
static int
namespaces_of_names(evc_selection *s, evc_error **err)
{
    size_t given = s->namespace_count;
    char **before = s->namespaces;
    evc_view last = {NULL, 0};
    int rc = 0;

    for (size_t i = 0; i < given; i++)
        evc_mem_free(before[i]);
    evc_mem_free(before);
    s->namespace_count = 0;
    s->namespaces = evc_mem_new_array(s->name_count, sizeof(*s->namespaces));
    if (!s->namespaces)
        return evc_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < s->name_count; i++) {
        evc_cursor c = evc_cursor_of_view(s->names[i]);
        evc_view ns = evc_cursor_until(&c, '/');

        if (i == 0 || !evc_view_equal(ns, last))
            rc = add_namespace(s, ns, err);
        last = ns;
    }
    settle_namespaces(s);
    return rc;
}

static int
read_names(evc_selection *s, const char *path, evc_error **err)
{
    evc_buf file;
    evc_buf keys;
    int rc;

    evc_buf_init(&file);
    evc_buf_init(&keys);
    rc = evc_file_read(path, EVC_SELECTION_FILE_MAX, 0, &file, err);
    if (rc == 0)
        rc = read_lines(s, evc_buf_view(&file), path, &keys, err);
    if (rc == 0) {
        s->text = evc_mem_text(keys.data, keys.size);
        s->text_size = keys.size;
        rc = s->text ? sort_keys(s, err) : evc_err_nomem(err);
    }
    evc_buf_reset(&keys);
    evc_buf_reset(&file);
    return rc ? rc : namespaces_of_names(s, err);
}

/* --- what was met --- */

static int
make_room_for_met(evc_selection *s, evc_error **err)
{
    size_t count = s->names ? s->name_count : s->namespace_count;

    if (count == 0)
        return 0;
    s->met = evc_mem_new_array(count, sizeof(*s->met));
    return s->met ? 0 : evc_err_nomem(err);
}

bool
evc_selection_missed(const evc_selection *selection, size_t *at, evc_view *out)
{
    const evc_selection *s = selection;
    size_t count = s->names ? s->name_count : s->namespace_count;

    for (; s->met && *at < count; (*at)++) {
        if (s->met[*at])
            continue;
        *out = s->names ? s->names[*at] : evc_view_text(s->namespaces[*at]);
        if (s->names && out->data[0] == '/')
            *out = evc_view_of(&out->data[1], out->size - 1);
        (*at)++;
        return true;
    }
    return false;
}

/* --- its text --- */

static void
put_namespaces(evc_selection *s)
{
    if (!s->namespaces)
        return;
    evc_buf_put_text(&s->described, "namespaces=");
    for (size_t i = 0; i < s->namespace_count; i++)
        evc_buf_put_format(&s->described, "%s%s", i ? "," : "", s->namespaces[i]);
    evc_buf_put_text(&s->described, " ");
}

/* The digest of the names in their order. */
static int
put_names(evc_selection *s, evc_crypto *crypto, evc_error **err)
{
    evc_hasher *hasher;
    uint8_t digest[32];
    int rc;

    if (!s->names)
        return 0;
    rc = evc_hasher_open(crypto, EVC_SHA256, &hasher, err);
    if (rc)
        return rc;
    for (size_t i = 0; rc == 0 && i < s->name_count; i++) {
        rc = evc_hasher_add(hasher, s->names[i], err);
        if (rc == 0)
            rc = evc_hasher_add(hasher, evc_view_text("\n"), err);
    }
    if (rc == 0)
        rc = evc_hasher_finish(hasher, digest, err);
    evc_hasher_close(hasher);
    if (rc)
        return rc;
    evc_buf_put_text(&s->described, "names=");
    evc_encode_hex(&s->described, evc_view_of(digest, sizeof(digest)));
    evc_buf_put_text(&s->described, " ");
    return 0;
}

static int
describe(evc_selection *s, evc_crypto *crypto, const char *labels, evc_error **err)
{
    int rc;

    put_namespaces(s);
    rc = put_names(s, crypto, err);
    if (rc)
        return rc;
    if (labels)
        evc_buf_put_format(&s->described, "selector=%s", labels);
    else if (s->described.size == 0)
        evc_buf_put_text(&s->described, "all");
    evc_buf_put_u8(&s->described, 0);
    return evc_buf_check(&s->described, err);
}

int
evc_selection_open(evc_crypto *crypto, const char *namespaces, const char *labels,
                   const char *names_file, evc_selection *out, evc_error **err)
{
    int rc = 0;

    *out = (evc_selection){.text = NULL};
    evc_buf_init(&out->described);
    if (namespaces)
        rc = read_namespaces(out, namespaces, err);
    if (rc == 0 && names_file)
        rc = read_names(out, names_file, err);
    if (rc == 0)
        rc = make_room_for_met(out, err);
    if (rc == 0)
        rc = describe(out, crypto, labels, err);
    if (rc)
        evc_selection_close(out);
    return rc;
}

void
evc_selection_close(evc_selection *selection)
{
    for (size_t i = 0; i < selection->namespace_count; i++)
        evc_mem_free(selection->namespaces[i]);
    evc_mem_free(selection->namespaces);
    evc_mem_free(selection->names);
    evc_mem_free(selection->met);
    evc_mem_free(selection->text);
    evc_buf_reset(&selection->described);
    *selection = (evc_selection){.text = NULL};
}

/* The namespaces are in order, so that the empty one, of names without any, is the first. */
int
evc_selection_suits(const evc_selection *selection, const evc_kube_resource *resource,
                    evc_error **err)
{
    size_t count = selection->namespace_count;
    bool without = count > 0 && selection->namespaces[0][0] == '\0';

    if (resource->namespaced && without) {
        evc_cursor first = evc_cursor_of_view(selection->names[0]);
        char shown[EVC_SHOWN];

        (void)evc_cursor_u8(&first); /* the slash */
        evc_encode_shown(evc_cursor_bytes(&first, evc_cursor_left(&first)), shown);
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the file of names has \"%s\" without a namespace, and %s are in "
            "namespaces; write NAMESPACE/NAME",
            shown, resource->plural);
    }
    if (!resource->namespaced && count > (without ? 1u : 0u))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s are in no namespace, and \"%s\" was selected; select names "
                       "without namespace, or all",
                       resource->plural, selection->namespaces[count - 1]);
    return 0;
}

/* Objects without namespace are in the one list that is of none. */
size_t
evc_selection_lists(const evc_selection *selection)
{
    return selection->namespaces ? selection->namespace_count : 1;
}

const char *
evc_selection_list(const evc_selection *selection, size_t index)
{
    const char *ns = selection->namespaces ? selection->namespaces[index] : NULL;

    return ns && *ns ? ns : NULL;
}

bool
evc_selection_has(const evc_selection *selection, const char *ns, const char *name)
{
    char room[EVC_OBJECT_KEY_MAX];
    evc_view wanted;
    const evc_view *found;
    size_t at;

    if (!selection->names) {
        if (!has_namespace(selection, evc_view_text(ns), &at))
            return false;
        if (selection->met)
            selection->met[at] = true;
        return true;
    }
    wanted = evc_object_key(ns, name, room);
    found = bsearch(&wanted, selection->names, selection->name_count,
                    sizeof(*selection->names), compare_views);
    if (found)
        selection->met[found - selection->names] = true;
    return found != NULL;
}

const char *
evc_selection_text(const evc_selection *selection)
{
    return (const char *)selection->described.data;
}
