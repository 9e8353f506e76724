package dev.procession.cli.result;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSyntaxException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.procession.cli.function.Unreadable;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between JSON and plain values. */
public final class Json {
  private Json() {}

  /**
   * Reads one value, strictly as RFC 8259 has it.
   *
   * @throws JsonParseException if the text is anything else
   */
  public static JsonElement parse(String text) {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    JsonElement element = JsonParser.parseReader(reader);
    try {
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonSyntaxException("more text after the value");
      }
    } catch (IOException e) {
      throw new JsonSyntaxException(e);
    }
    return element;
  }

  /** What is wrong, without the parser's advice to be less strict and its links. */
  public static String message(JsonParseException failure) {
    String text = String.valueOf(failure.getMessage());
    text = text.replaceFirst("^[\\w.]*Exception: ", "").replaceFirst("\\s*See https?:\\S+", "");
    return text.replaceFirst("Use JsonReader\\.setStrictness\\S* to accept malformed JSON", "")
        .strip();
  }

  /** As texts, numbers, truth values, lists, maps and null. */
  public static @Nullable Object plain(JsonElement element) {
    if (element.isJsonNull()) {
      return null;
    }
    if (element instanceof JsonArray array) {
      List<@Nullable Object> list = new ArrayList<>();
      array.forEach(of -> list.add(plain(of)));
      return list;
    }
    if (element instanceof JsonObject object) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      object.entrySet().forEach(member -> map.put(member.getKey(), plain(member.getValue())));
      return map;
    }
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    return primitive.isNumber() ? number(primitive.getAsString()) : primitive.getAsString();
  }

  private static Number number(String text) {
    BigDecimal exact = new BigDecimal(text);
    try {
      return exact.longValueExact();
    } catch (ArithmeticException e) {
      double near = exact.doubleValue();
      boolean same = Double.isFinite(near) && new BigDecimal(near).compareTo(exact) == 0;
      boolean written = Double.isFinite(near) && BigDecimal.valueOf(near).compareTo(exact) == 0;
      return same || written ? (Number) near : exact;
    }
  }

  /** As JSON. */
  public static JsonElement of(@Nullable Object plain) {
    if (plain == null) {
      return JsonNull.INSTANCE;
    }
    if (plain instanceof Unreadable unreadable) {
      return new JsonPrimitive(unreadable.text());
    }
    if (plain instanceof Boolean truth) {
      return new JsonPrimitive(truth);
    }
    if (plain instanceof Number number) {
      return new JsonPrimitive(number);
    }
    if (plain instanceof List<?> list) {
      JsonArray array = new JsonArray();
      list.forEach(element -> array.add(of(element)));
      return array;
    }
    if (plain instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach((key, value) -> object.add(String.valueOf(key), of(value)));
      return object;
    }
    return new JsonPrimitive(plain.toString());
  }
}
