#pragma once

#include <QString>
#include <span>

#include "core/session/database.h"

namespace fusionscope::session {

/// "FScp": tells our databases from those of other programs.
inline constexpr qint64 applicationId = 0x46536370;

/// Scripts that lead from each version of the tables to the next; the number of them is the newest version.
std::span<const QString> migrations();

/// Brings the tables to the newest version, in one step; a new file has version 0.
/// @throws Error when the file belongs to another program or to a newer Fusionscope
void migrate(Database& database, std::span<const QString> steps = migrations());

/// The same checks without the changes, for a database that is only read.
void requireNewest(Database& database);

/// Everything that SQLite finds wrong, in one text; empty when the database is sound.
/// @param thorough also compares indices with tables, which takes several times longer
std::string integrityProblem(Database& database, bool thorough);

}  // namespace fusionscope::session
