#include "core/world/tables.h"

#include <QString>
#include <QStringList>
#include <algorithm>
#include <fstream>

#include "core/files/error.h"

namespace fusionscope::world {

namespace {

Table tableOf(const QString& line, const std::string& where) {
    const auto refuse = [&] { return Error("\"" + line.left(40).toStdString() + "\" is no table", where, "See the file's first lines."); };
    const QStringList fields = line.split('\t');
    if (fields.size() != 3) throw refuse();
    Table table;
    table.ordered = fields[0].endsWith('>');
    table.title = fields[0].chopped(table.ordered ? 1 : 0).toStdString();
    table.top = fields[1].toInt();
    if (table.title.empty() || table.top < 5 || table.top % 5) throw refuse();
    for (const QString& row : fields[2].split(',')) {
        const QStringList parts = row.trimmed().split('=');
        const int value = parts.size() == 2 ? parts[1].toInt() : 0;
        if (value < 1 || value > table.top || parts[0].isEmpty() || parts[0].size() > 8) throw refuse();
        table.rows.emplace_back(parts[0].toStdString(), value);
    }
    return table;
}

/// Without names that the split may not use and without values that are there already.
Table allowed(Table table, Split split) {
    std::vector<std::pair<std::string, int>> rows;
    for (auto& row : table.rows) {
        const bool twice = std::any_of(rows.begin(), rows.end(), [&](const auto& other) { return other.second == row.second; });
        if (!twice && wordAllowed(split, row.first)) rows.push_back(std::move(row));
    }
    table.rows = std::move(rows);
    return table;
}

}  // namespace

Tables Tables::read(const std::filesystem::path& file) {
    std::ifstream in(file);
    Tables tables;
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line[0] != '#') tables.m_all.push_back(tableOf(QString::fromStdString(line), file.string()));
    if (tables.m_all.empty()) throw Error("there are no tables", file.string());
    return tables;
}

Table Tables::part(Random& random, Split split, int least, int most, bool ordered) const {
    std::vector<Table> fit;
    for (const Table& table : m_all) {
        if (ordered && !table.ordered) continue;
        Table left = allowed(table, split);
        if (static_cast<int>(left.rows.size()) >= least && wordAllowed(split, left.title)) fit.push_back(std::move(left));
    }
    if (fit.empty()) return {};
    Table chosen = random.pick(fit);
    const int have = static_cast<int>(chosen.rows.size()), count = random.between(least, std::min(most, have));
    if (!chosen.ordered) random.shuffle(chosen.rows);
    const auto first = chosen.rows.begin() + random.below(have - count + 1);
    chosen.rows = {first, first + count};
    return chosen;
}

}  // namespace fusionscope::world
