/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/nearest.h"

static bool
is_any(const char *value)
{
    (void)value;
    return true;
}

static bool
is_some(const char *value)
{
    return *value != '\0';
}

static bool
is_truth(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

static bool
is_answer(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
}

const evc_option_value evc_option_any = {"any text", is_any, 0, 0};
const evc_option_value evc_option_some = {"not empty", is_some, 0, 0};
const evc_option_value evc_option_truth = {"true or false", is_truth, 0, 0};
const evc_option_value evc_option_answer = {"yes or no", is_answer, 0, 0};

const evc_option *
evc_option_find(const evc_option_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->options[i].name, name) == 0)
            return &list->options[i];
    }
    return NULL;
}

static bool
fits(const evc_option_value *wanted, const char *value)
{
    int64_t number;

    if (wanted->fits)
        return wanted->fits(value);
    return evc_decimal_read(evc_view_text(value), wanted->most, &number) &&
           number >= wanted->least;
}

static int
refuse_name(const evc_option_list *list, const char *name, evc_error **err)
{
    const char *names[EVC_OPTIONS_MAX + 1] = {NULL};

    for (size_t i = 0; i < list->count && i < EVC_OPTIONS_MAX; i++)
        names[i] = list->options[i].name;
    return evc_nearest_refuse(list->subject, name, names, err);
}

static int
refuse_value(const evc_option_list *list, const evc_option *option, evc_error **err)
{
    const evc_option_value *value = option->value;

    if (value->wanted)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option %s of %s is %s, and cannot be what was given",
                       option->name, list->of, value->wanted);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of %s is a number from %" PRId64 " to %" PRId64
                   ", and cannot be what was given",
                   option->name, list->of, value->least, value->most);
}

int
evc_option_check(const evc_option_list *list, const char *name, const char *value,
                 evc_error **err)
{
    const evc_option *option = evc_option_find(list, name);

    if (!option)
        return refuse_name(list, name, err);
    return !value || fits(option->value, value) ? 0 : refuse_value(list, option, err);
}

const char *
evc_option_text(const evc_kv *values, const char *name)
{
    return evc_kv_text(values, evc_view_text(name));
}

bool
evc_option_flag(const evc_kv *values, const char *name, bool otherwise)
{
    const char *value = evc_option_text(values, name);

    return value ? strcmp(value, "true") == 0 || strcmp(value, "yes") == 0 : otherwise;
}

int64_t
evc_option_number(const evc_kv *values, const char *name, int64_t otherwise)
{
    int64_t number = otherwise;

    (void)evc_decimal_read(evc_view_text(evc_option_text(values, name)), INT64_MAX,
                           &number);
    return number;
}
