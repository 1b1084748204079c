#pragma once

#include <QString>

#include "core/engine/request.h"
#include "core/engine/results.h"
#include "core/session/conversation.h"

/// Answers as the engine gives them and as the history keeps them.
namespace fusionscope::ui {

/// "Florence-VL nano": family and folder, said once.
QString titleOf(const engine::ModelSummary& summary);

/// "end_token", "stop_string", "length", "stopped".
QString name(engine::StopReason reason);

std::vector<session::Token> recordOf(const std::vector<engine::TokenScore>& tokens);
/// Everything of an answer but its role and tokens.
session::TurnContent recordOf(const engine::Answer& answer, const engine::GenerationOptions& options,
                              const session::ModelName& model);
/// The answer of a stored turn, as far as it was stored (not the prompt's ids).
engine::Answer answerOf(const session::Turn& turn, const std::vector<session::Token>& tokens);
/// The ids with which an answer stands in a later prompt; empty when its text has to be encoded anew.
std::vector<int64_t> idsOf(const session::Turn& turn, const std::vector<session::Token>& tokens);

nlohmann::json toJson(const engine::GenerationOptions& options);
/// Fields that are missing or of the wrong kind stay as in `defaults`; numbers are kept in the ranges that the engine
/// takes.
engine::GenerationOptions generationFrom(const nlohmann::json& json, engine::GenerationOptions defaults);

/// "0.21 s to first word · 143 tok/s", and why the answer ended if not by itself. Empty when nothing is known.
QString captionOf(const session::Turn& turn);

}  // namespace fusionscope::ui
