#include "core/text/component.h"

#include "core/files/error.h"
#include "core/files/printable.h"

namespace fusionscope::text {

void readComponent(const nlohmann::json& json, std::string_view component, std::string_view listKey,
                   const std::string& where,
                   const std::function<bool(const std::string& type, const files::Fields& fields)>& read) {
    if (json.is_null()) return;
    const files::Fields fields(json, where);
    const std::string type = fields.text("type");
    if (type == "Sequence") {
        const nlohmann::json* parts = fields.find(listKey);
        if (!parts || !parts->is_array()) fields.refuse(listKey, concat("of the ", component, " is not a list"));
        for (const nlohmann::json& part : *parts) readComponent(part, component, listKey, where, read);
    } else if (!read(type, fields)) {
        throw Error(concat("the ", component, ' ', files::inQuotes(type), " is not supported"), where);
    }
}

Regex readPattern(const files::Fields& fields) {
    const files::Fields pattern = fields.object("pattern");
    if (pattern.has("String")) return Regex::literal(pattern.text("String"));
    return Regex(pattern.text("Regex"), fields.where());
}

}  // namespace fusionscope::text
