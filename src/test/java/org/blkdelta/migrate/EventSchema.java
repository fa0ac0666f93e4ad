package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;

/// Holds events against docs/events.schema.json, as far as that says anything.
final class EventSchema {

  private final JsonObject schema;

  private EventSchema(JsonObject schema) {
    this.schema = schema;
  }

  static EventSchema read() throws IOException {
    var text = Files.readString(Path.of("docs/events.schema.json"));
    return new EventSchema(JsonParser.parseString(text).getAsJsonObject());
  }

  /// Checks each line of a file, and returns the names of the events.
  Set<String> check(Path file) throws IOException {
    var names = new TreeSet<String>();
    for (var line : Files.readAllLines(file)) {
      var event = JsonParser.parseString(line).getAsJsonObject();
      check(event, line);
      names.add(event.get("event").getAsString());
    }
    return names;
  }

  private void check(JsonObject event, String line) {
    for (var name : schema.getAsJsonArray("required")) {
      assertTrue(event.has(name.getAsString()), line);
    }
    var properties = schema.getAsJsonObject("properties");
    for (var property : event.entrySet()) {
      assertTrue(properties.has(property.getKey()), line);
      check(properties.getAsJsonObject(property.getKey()), property.getValue(), line);
    }
  }

  private static void check(JsonObject rule, JsonElement value, String line) {
    if (rule.has("const")) {
      assertEquals(rule.get("const"), value, line);
      return;
    }
    var primitive = value.getAsJsonPrimitive();
    switch (rule.get("type").getAsString()) {
      case "string" -> assertTrue(primitive.isString(), line);
      case "integer" -> assertTrue(value.getAsBigDecimal().stripTrailingZeros().scale() <= 0, line);
      case "number" -> assertTrue(primitive.isNumber(), line);
      default -> throw new AssertionError(rule);
    }
    if (rule.has("enum")) {
      assertTrue(rule.getAsJsonArray("enum").contains(value), line);
    }
    if (rule.has("minimum")) {
      assertTrue(value.getAsDouble() >= rule.get("minimum").getAsDouble(), line);
    }
    if (rule.has("maximum")) {
      assertTrue(value.getAsDouble() <= rule.get("maximum").getAsDouble(), line);
    }
    if (rule.has("format")) {
      Instant.parse(value.getAsString());
    }
  }
}
