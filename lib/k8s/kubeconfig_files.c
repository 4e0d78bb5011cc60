/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "auth/credential_file.h"
#include "base/encode.h"
#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"

#define FOLDER_MAX 4096u
#define NAMES_MAX 400u /* bytes of the names in a message */

/* --- the list --------------------------------------------------------------------- */

/* Appends the folder that we are in, and a slash. */
static int
put_our_folder(evc_buf *out, evc_error **err)
{
    size_t begin = out->size;
    uint8_t *room = evc_buf_room(out, FOLDER_MAX);

    if (!room)
        return evc_buf_check(out, err);
    if (!getcwd((char *)room, FOLDER_MAX))
        return evc_err_errno(err, errno, "tell the name of", "the current folder");
    evc_buf_truncate(out, begin + strlen((const char *)room));
    evc_buf_put_u8(out, '/');
    return evc_buf_check(out, err);
}

/* A file that is read later is found also from another folder. */
static int
make_absolute(evc_view path, char **out, evc_error **err)
{
    evc_buf text;
    int rc = 0;

    evc_buf_init(&text);
    if (path.data[0] != '/')
        rc = put_our_folder(&text, err);
    evc_buf_put_view(&text, path);
    *out = NULL;
    if (rc == 0)
        return evc_text_take(out, &text, err);
    evc_buf_reset(&text);
    return rc;
}

static bool
is_listed(const evc_kubeconfig_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].path, path) == 0)
            return true;
    }
    return false;
}

static int
add_path(evc_kubeconfig_files *files, evc_view path, evc_error **err)
{
    struct evc_kubeconfig_file *file = &files->items[files->count];
    size_t folder;
    char *own;
    int rc;

    if (files->count == EVC_KUBECONFIG_FILES_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "more than %u files are named as kubeconfig; name those that "
                       "matter",
                       EVC_KUBECONFIG_FILES_MAX);
    rc = make_absolute(path, &own, err);
    if (rc)
        return rc;
    if (is_listed(files, own)) {
        evc_mem_free(own);
        return 0;
    }
    for (folder = strlen(own); folder > 0 && own[folder] != '/'; folder--)
        ;
    file->path = own;
    file->folder = evc_mem_text(own, folder);
    files->count++;
    return file->folder ? 0 : evc_err_nomem(err);
}

static int
add_list(evc_kubeconfig_files *files, const char *list, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    int rc = 0;

    while (rc == 0 && evc_cursor_left(&c)) {
        evc_view path = evc_cursor_bytes(&c, strcspn(&list[c.at], ":"));

        if (path.size)
            rc = add_path(files, path, err);
        if (evc_cursor_left(&c))
            (void)evc_cursor_u8(&c);
    }
    return rc;
}

static int
add_home(evc_kubeconfig_files *files, evc_error **err)
{
    const char *home = evc_environ("HOME");
    evc_buf path;
    int rc;

    if (!home)
        return evc_err(err, ENVCRYPT_E_KUBECONFIG,
                       "there is no kubeconfig: neither the variable KUBECONFIG nor "
                       "HOME is set; name the file");
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/.kube/config", home);
    rc = evc_buf_check(&path, err);
    if (rc == 0)
        rc = add_path(files, evc_buf_view(&path), err);
    evc_buf_reset(&path);
    return rc;
}

/* --- reading ---------------------------------------------------------------------- */

/* A missing apiVersion or kind is what Kubernetes' own reader fills in. */
static int
check_kind(const evc_yaml *root, const char *path, evc_error **err)
{
    const char *version = "v1";
    const char *kind = "Config";
    int rc;

    if (evc_yaml_kind_of(root) != EVC_YAML_NULL &&
        evc_yaml_kind_of(root) != EVC_YAML_MAP)
        return evc_err(err, ENVCRYPT_E_KUBECONFIG,
                       "the file %s is no kubeconfig: it holds no mapping", path);
    rc = evc_yaml_text_opt(root, "apiVersion", &version, err);
    if (rc == 0)
        rc = evc_yaml_text_opt(root, "kind", &kind, err);
    if (rc == ENVCRYPT_E_YAML && err && *err)
        return evc_err(err, rc, "the kubeconfig %s: %s", path, evc_error_message(*err));
    if (rc)
        return rc;
    if (strcmp(version, "v1") == 0 && strcmp(kind, "Config") == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_KUBECONFIG,
                   "the file %s is no kubeconfig of apiVersion v1 and kind Config",
                   path);
}

static int
parse(struct evc_kubeconfig_file *file, evc_view text, evc_error **err)
{
    evc_buf what;
    int rc;

    evc_buf_init(&what);
    evc_buf_put_format(&what, "the kubeconfig %s", file->path);
    evc_buf_put_u8(&what, 0);
    rc = evc_buf_check(&what, err);
    if (rc == 0)
        rc = evc_yaml_parse(text, (const char *)what.data, &file->doc, err);
    evc_buf_reset(&what);
    if (rc == 0 && evc_yaml_documents(file->doc) > 1)
        rc = evc_err(err, ENVCRYPT_E_KUBECONFIG,
                     "the kubeconfig %s holds more than one document; make files of "
                     "them and name both",
                     file->path);
    return rc == 0 ? check_kind(evc_yaml_root(file->doc, 0), file->path, err) : rc;
}

/* *found false: the file is not there. */
static int
read_file(struct evc_kubeconfig_file *file, const evc_log *log, bool *found,
          evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = evc_credential_file_read(file->path, log, &text, err);
    *found = rc != ENVCRYPT_E_FILE_NOT_FOUND;
    if (rc == 0)
        rc = parse(file, evc_buf_view(&text), err);
    evc_buf_reset(&text);
    return rc;
}

static int
refuse_missing(const evc_kubeconfig_files *files, evc_error **err)
{
    evc_buf names;
    int rc;

    evc_buf_init(&names);
    for (size_t i = 0; i < files->count && names.size < NAMES_MAX; i++) {
        evc_buf_put_text(&names, i ? ", " : "");
        evc_buf_put_text(&names, files->items[i].path);
    }
    evc_buf_put_u8(&names, 0);
    rc = evc_buf_check(&names, err);
    if (rc == 0)
        rc = evc_err(err, ENVCRYPT_E_KUBECONFIG,
                     "there is no kubeconfig (looked for %s); name one that is there, "
                     "or give the server itself",
                     files->count ? (const char *)names.data : "nothing");
    evc_buf_reset(&names);
    return rc;
}

/* may_miss: one that is not there is passed over. */
static int
read_files(evc_kubeconfig_files *files, const evc_log *log, bool may_miss,
           evc_error **err)
{
    size_t there = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < files->count; i++) {
        bool found = false;

        rc = read_file(&files->items[i], log, &found, err);
        there += found;
        if (rc == ENVCRYPT_E_FILE_NOT_FOUND && may_miss) {
            evc_err_drop(err);
            rc = 0;
        }
    }
    return rc == 0 && there == 0 ? refuse_missing(files, err) : rc;
}

int
evc_kubeconfig_files_open(const char *list, const evc_log *log,
                          evc_kubeconfig_files *out, evc_error **err)
{
    const char *of = list ? list : evc_environ("KUBECONFIG");
    int rc;

    *out = (evc_kubeconfig_files){.count = 0};
    rc = of ? add_list(out, of, err) : add_home(out, err);
    if (rc == 0)
        rc = read_files(out, log, !list || strchr(list, ':'), err);
    if (rc)
        evc_kubeconfig_files_close(out);
    return rc;
}

int
evc_kubeconfig_files_take(evc_view text, const char *origin, evc_kubeconfig_files *out,
                          evc_error **err)
{
    struct evc_kubeconfig_file *file = &out->items[0];
    int rc;

    *out = (evc_kubeconfig_files){.count = 1};
    file->path = evc_mem_strdup(origin);
    rc = file->path ? parse(file, text, err) : evc_err_nomem(err);
    if (rc)
        evc_kubeconfig_files_close(out);
    return rc;
}

void
evc_kubeconfig_files_close(evc_kubeconfig_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        evc_yaml_free(files->items[i].doc);
        evc_mem_free(files->items[i].path);
        evc_mem_free(files->items[i].folder);
    }
    *files = (evc_kubeconfig_files){.count = 0};
}

/* --- what they say ---------------------------------------------------------------- */

static const evc_yaml *
root_of(const struct evc_kubeconfig_file *file)
{
    return file->doc ? evc_yaml_root(file->doc, 0) : NULL;
}

int
evc_kubeconfig_files_current(const evc_kubeconfig_files *files, const char **out,
                             evc_error **err)
{
    *out = NULL;
    for (size_t i = 0; i < files->count; i++) {
        const evc_kubeconfig_place place = {
            .what = "member", .name = "current-context", .path = files->items[i].path};
        int rc = evc_kubeconfig_text(&place, root_of(&files->items[i]),
                                     "current-context", out, err);

        if (rc || *out)
            return rc;
    }
    return 0;
}

/* "contexts" */
static const evc_yaml *
list_of(const struct evc_kubeconfig_file *file, const char *what)
{
    char plural[16];
    evc_buf name;

    evc_buf_init_fixed(&name, plural, sizeof(plural));
    evc_buf_put_format(&name, "%ss", what);
    evc_buf_put_u8(&name, 0);
    return evc_yaml_get(root_of(file), plural);
}

/* The name of an element; an element without one is called "". */
static int
name_of(const evc_kubeconfig_place *place, const evc_yaml *element, const char **out,
        evc_error **err)
{
    *out = "";
    if (evc_yaml_kind_of(element) != EVC_YAML_MAP)
        return evc_kubeconfig_refuse(place, element, ENVCRYPT_E_KUBECONFIG,
                                     "an element of the list it should be in is no "
                                     "mapping",
                                     err);
    return evc_kubeconfig_text(place, element, "name", out, err);
}

static int
find_in(const struct evc_kubeconfig_file *file, evc_kubeconfig_place *place,
        const evc_yaml **element, evc_error **err)
{
    const evc_yaml *list = list_of(file, place->what);
    int rc = 0;

    *element = NULL;
    if (evc_yaml_kind_of(list) != EVC_YAML_LIST &&
        evc_yaml_kind_of(list) != EVC_YAML_NULL)
        return evc_kubeconfig_refuse(place, list, ENVCRYPT_E_KUBECONFIG,
                                     "what it should be in is no list", err);
    for (size_t i = 0; rc == 0 && i < evc_yaml_count(list); i++) {
        const evc_yaml *at = evc_yaml_at(list, i);
        const char *name = NULL;

        rc = name_of(place, at, &name, err);
        if (rc || strcmp(name, place->name) != 0)
            continue;
        if (*element)
            rc = evc_kubeconfig_refuse(place, at, ENVCRYPT_E_KUBECONFIG,
                                       "the file has it a second time", err);
        *element = at;
    }
    return rc;
}

int
evc_kubeconfig_files_find(const evc_kubeconfig_files *files, const char *what,
                          const char *name, evc_kubeconfig_place *out, evc_error **err)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct evc_kubeconfig_file *file = &files->items[i];
        const evc_yaml *element = NULL;
        const evc_yaml *map = NULL;
        int rc;

        *out = (evc_kubeconfig_place){
            .what = what, .name = name, .path = file->path, .folder = file->folder};
        rc = find_in(file, out, &element, err);
        if (rc == 0 && element)
            rc = evc_kubeconfig_map(out, element, what, &map, err);
        if (rc)
            return rc;
        /* One that is there and empty counts too, and hides later ones. */
        out->element = element;
        out->node = map;
        if (element)
            return 0;
    }
    return 0;
}

/* Appends one more name for people; false: there is no more room for the next. */
static bool
put_name(const evc_yaml *element, size_t begin, evc_buf *out)
{
    const char *name = evc_yaml_text(evc_yaml_get(element, "name"), NULL);
    char shown[EVC_SHOWN];

    if (!name)
        return true;
    evc_encode_shown(evc_view_text(name), shown);
    evc_buf_put_text(out, out->size > begin ? ", " : "");
    evc_buf_put_text(out, shown);
    if (out->size - begin <= NAMES_MAX)
        return true;
    evc_buf_put_text(out, ", ...");
    return false;
}

bool
evc_kubeconfig_files_has_any(const evc_kubeconfig_files *files, const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++)
        count += evc_yaml_count(list_of(&files->items[i], what));
    return count > 0;
}

void
evc_kubeconfig_files_names(const evc_kubeconfig_files *files, const char *what,
                           evc_buf *out)
{
    size_t begin = out->size;
    bool room = true;

    for (size_t i = 0; room && i < files->count; i++) {
        const evc_yaml *list = list_of(&files->items[i], what);

        for (size_t n = 0; room && n < evc_yaml_count(list); n++)
            room = put_name(evc_yaml_at(list, n), begin, out);
    }
    evc_buf_put_text(out, out->size > begin ? "" : "none");
    evc_buf_put_u8(out, 0);
}
